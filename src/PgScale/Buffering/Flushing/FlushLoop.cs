using PgScale.Buffering.Holding;
using PgScale.Buffering.Sinks;
using PgScale.Cluster;

namespace PgScale.Buffering.Flushing;

/// <summary>Takes batches when they are due and gives them to lanes, a second one only when a whole batch waits behind the first.</summary>
internal sealed class FlushLoop : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _nudge = new(0, 1);
    private readonly CancellationTokenSource _giveUp = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly IBatchSource _source;
    private readonly Func<IFlushLane> _createLane;
    private readonly Func<CancellationToken, Task> _recover;
    private readonly FlushTriggers _triggers;
    private readonly RoomWaiters _waiters;
    private readonly FlushStatus _status;
    private readonly TimeProvider _time;
    private readonly FlushTimer _timer;
    private readonly Stack<IFlushLane> _idle = new();
    private readonly List<BatchUnderWay> _underWay = [];
    private readonly FlushRequests _requests = new();

    private Task? _turning;
    private TaskCompletionSource? _drained;
    private ConsistencyToken _token;
    private long _takenThrough;
    private long _left;
    private int _nudged;
    private bool _hasEnded;

    internal FlushLoop(IBatchSource source, Func<IFlushLane> createLane, Func<CancellationToken, Task> recover, FlushTriggers triggers, RoomWaiters waiters, FlushStatus status, TimeProvider time)
    {
        _source = source;
        _createLane = createLane;
        _recover = recover;
        _triggers = triggers;
        _waiters = waiters;
        _status = status;
        _time = time;
        _timer = new(triggers, time, Nudge);
        source.Filled = Nudge;
        status.OnStopped(FailRequests);
    }

    /// <summary>Batches under way.</summary>
    internal int BatchesUnderWay
    {
        get
        {
            lock (_lock)
            {
                return _underWay.Count;
            }
        }
    }

    /// <summary>The activities of those who enqueue.</summary>
    internal EnqueuerLinks Enqueuers { get; } = new();

    /// <summary>Begins to flush; once.</summary>
    internal void Start()
    {
        lock (_lock)
        {
            if (_turning is null)
            {
                using var alone = ExecutionContext.SuppressFlow(); // the loop must not carry whatever its starter carries
                _turning = Task.Run(RunAsync, CancellationToken.None);
            }
        }
    }

    /// <summary>Has the loop look again at what is due.</summary>
    internal void Nudge()
    {
        if (Interlocked.Exchange(ref _nudged, 1) == 0)
        {
            try
            {
                _nudge.Release();
            }
            catch (ObjectDisposedException)
            {
                // A producer or a timer that was late: the buffer has ended.
            }
        }
    }

    /// <summary>Writes everything that is held now.</summary>
    internal async Task<FlushResult> FlushAsync(CancellationToken cancellationToken)
    {
        var request = new FlushRequest();
        lock (_lock)
        {
            if (_hasEnded)
            {
                return IsAllWritten ? new(0, 0, _token) : throw Ended();
            }

            _requests.Add(request);
        }

        try
        {
            if (!_source.Settled.IsCompleted)
            {
                Nudge();
                await Task.WhenAny(_source.Settled, request.Ended).WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            Mark(request);
            Nudge();
            return await request.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _requests.Remove(request);
            }
        }
    }

    /// <summary>Takes nothing in any more, writes what is held, and ends.</summary>
    /// <param name="cancellationToken">Gives up on what is not written by then.</param>
    /// <returns>The items that were not written.</returns>
    internal async Task<long> DrainAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource drained;
        lock (_lock)
        {
            drained = _drained ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        _source.Close();
        _waiters.Close();
        Start(); // what came before the start is written too
        Nudge();
        try
        {
            await drained.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await _giveUp.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(Snapshot()).ConfigureAwait(false);
        }

        await _ending.CancelAsync().ConfigureAwait(false);
        await _turning!.ConfigureAwait(false);
        lock (_lock)
        {
            _hasEnded = true;
            AnswerRequests();
            _requests.FailAll(Ended());
        }

        return _left + _source.Depth.Items;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await (_turning ?? Task.CompletedTask).ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _source.ReleaseFilesAsync().ConfigureAwait(false);
        _giveUp.Dispose();
        _ending.Dispose();
        _nudge.Dispose();
    }

    /// <summary>Starts what is due. One turn of the loop.</summary>
    internal void Turn()
    {
        lock (_lock)
        {
            while (MayStart() && _source.Take() is { } batch)
            {
                Begin(batch);
            }

            _timer.Set(_source.HasPending, _underWay.Count > 0, _waiters);
            AnswerRequests();
        }
    }

    private async Task RunAsync()
    {
        try
        {
            await _recover(_giveUp.Token).ConfigureAwait(false);
            Nudge();
            while (true)
            {
                await _nudge.WaitAsync(_ending.Token).ConfigureAwait(false);
                Volatile.Write(ref _nudged, 0);
                Turn();
            }
        }
        catch (OperationCanceledException)
        {
            // Drained.
        }
    }

    private bool MayStart() => _underWay.Count == 0
        ? _source.HasPending && IsDue()
        : _underWay.Count < Math.Min(_triggers.MaxConnections, _source.MaxBatchesUnderWay) && !_status.IsTroubled && _source.HasFullBatch;

    private bool IsDue() => _drained is not null
        || _timer.IsDue
        || _source.HasFullBatch
        || _waiters.Any
        || _source.IsPressed
        || _requests.WantMoreThan(_takenThrough);

    private void Begin(RowBatch batch)
    {
        var lane = _idle.TryPop(out var idle) ? idle : _createLane();
        var underWay = new BatchUnderWay(batch, _takenThrough);
        _takenThrough = batch.Through;
        _timer.Restart();
        _underWay.Add(underWay);
        underWay.Writing = Task.Run(() => WriteAsync(lane, underWay), CancellationToken.None);
    }

    private async Task WriteAsync(IFlushLane lane, BatchUnderWay underWay)
    {
        var startedAt = _time.GetTimestamp();
        LaneReport? report = null;
        using var activity = FlushActivity.Start(_status, underWay.Batch, Enqueuers.Take());
        try
        {
            report = await lane.WriteAsync(underWay.Batch, _giveUp.Token).ConfigureAwait(false);
            _status.Flushed(underWay.Batch, report, _time.GetElapsedTime(startedAt));
        }
        catch (Exception failure)
        {
            _status.Abandoned(underWay.Batch, failure, _giveUp.IsCancellationRequested);
        }

        FlushActivity.End(activity, report);
        End(lane, underWay, report);
    }

    private void End(IFlushLane lane, BatchUnderWay underWay, LaneReport? report)
    {
        lock (_lock)
        {
            _underWay.Remove(underWay);
            _idle.Push(lane);
            if (report is null)
            {
                _left += underWay.Batch.Rows;
                _requests.Fail(underWay, Ended());
            }
            else
            {
                _token = Later(_token, report.Token);
                _requests.Credit(underWay, report);
            }

            _source.Complete(underWay.Batch);
            AnswerRequests();
        }

        _waiters.Wake(underWay.Batch.Rows);
        Nudge();
    }

    // Before anything of a request is written it is not known what it waits for: what an earlier life has left comes first.
    private void Mark(FlushRequest request)
    {
        lock (_lock)
        {
            request.Mark = _source.Seal();
        }
    }

    private bool IsAllWritten => _left == 0 && !_source.HasPending;

    private ObjectDisposedException Ended() => new(
        $"LazyWriteBuffer '{_status.Buffer}'",
        $"Buffer '{_status.Buffer}' ended before everything was flushed: what was left was not written to {_status.Target} by this process. The log says how much it was.");

    // Tokens of two clusters do not compare: then the configuration leads to another cluster now.
    private static ConsistencyToken Later(ConsistencyToken held, ConsistencyToken next) =>
        held.IsNone || (!next.IsNone && held.SystemIdentifier != next.SystemIdentifier) ? next : ConsistencyToken.Max(held, next);

    private void AnswerRequests()
    {
        _requests.Answer(_takenThrough, _underWay, _token);
        if (_underWay.Count == 0 && !_source.HasPending)
        {
            _drained?.TrySetResult();
        }
    }

    private void FailRequests(Exception failure)
    {
        lock (_lock)
        {
            _requests.FailAll(failure);
        }
    }

    private Task[] Snapshot()
    {
        lock (_lock)
        {
            return [.. _underWay.Select(other => other.Writing)];
        }
    }
}
