namespace PgScale.Cluster;

/// <summary>The loop that keeps one server's facts fresh: a probe each interval, a heartbeat between, and one at once on demand.</summary>
/// <remarks>
/// Servers never wait for each other. A question that stays unanswered is reported at <see cref="ProbeOptions.Timeout"/> and stays
/// open until <see cref="ProbeOptions.AbandonAfter"/>, so that a server which was only slow comes back with its answer.
/// </remarks>
internal sealed class NodeWatch : IAsyncDisposable
{
    private const int TurnsUntilKnown = 3;

    private static readonly TimeSpan LeastGap = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan TimerSlack = TimeSpan.FromMilliseconds(2);

    private readonly INodeProbe _probe;
    private readonly ProbeSchedule _schedule;
    private readonly INodeWatcher _watcher;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly long _epoch;

    private Task _loop = Task.CompletedTask;
    private long _askedAt;
    private long _lastFactsAt;
    private bool _needsFacts = true;
    private bool _wasSilent;
    private bool _reportFailed;
    private int _turns;
    private bool _warnedOfRights;

    internal NodeWatch(NodeRecord record, INodeProbe probe, INodeWatcher watcher, TimeProvider time, long epoch)
    {
        Record = record;
        _probe = probe;
        _watcher = watcher;
        _time = time;
        _epoch = epoch;
        _schedule = new(time);
    }

    internal NodeRecord Record { get; }

    internal ClusterNode Node => Record.Node;

    /// <summary>Whether this is one of the first answers, with which lag only gets known. A server that is away is not asked more often for it.</summary>
    internal bool IsLearning => _turns is > 0 and < TurnsUntilKnown;

    /// <summary>When the question was sent that waits for its answer, as <see cref="TimeProvider.GetTimestamp"/>; 0 when none does.</summary>
    internal long AskedAt => Volatile.Read(ref _askedAt);

    internal void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Probes at once. While a probe is under way, any number of demands make one more.</summary>
    internal void Demand() => _schedule.WakeUp();

    /// <summary>True once: the second warning would say nothing new.</summary>
    internal bool MayWarnOfRights() => !_warnedOfRights && (_warnedOfRights = true);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        await _probe.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        var demanded = true;
        while (!_stopping.IsCancellationRequested)
        {
            var startedAt = _time.GetTimestamp();
            await TakeTurnAsync(demanded).ConfigureAwait(false);
            demanded = await _schedule.WaitAsync(NextDelay(startedAt), _stopping.Token).ConfigureAwait(false);
            if (demanded && _time.GetElapsedTime(startedAt) is var elapsed && elapsed < LeastGap)
            {
                await Task.Delay(LeastGap - elapsed, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                _schedule.Forget(); // what was wanted in the gap is answered by the turn that comes now
            }
        }
    }

    private async Task TakeTurnAsync(bool demanded)
    {
        var sentAt = _time.GetTimestamp();
        var wantsFacts = demanded || _needsFacts || _watcher.IsUrgent(this) || ProbeSlot(sentAt) > ProbeSlot(_lastFactsAt);
        Volatile.Write(ref _askedAt, sentAt);
        var outcome = await AskAsync(wantsFacts, sentAt).ConfigureAwait(false);
        Volatile.Write(ref _askedAt, 0);
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        _needsFacts = outcome.Fault is not null;
        if (outcome.Facts is not null)
        {
            _lastFactsAt = sentAt;
            _turns++;
        }

        if (outcome.Facts is not null || outcome.Fault is not null)
        {
            Report(outcome);
        }
        else if (_wasSilent)
        {
            Demand(); // a late heartbeat proves life; only facts take the fault away
        }
    }

    // Telemetry runs in here, and with it code of the application: it must not end the loop.
    private void Report(NodeObservation observation)
    {
        try
        {
            _watcher.Report(this, observation);
            _reportFailed = false;
        }
        catch (Exception failure)
        {
            ReportFailureOnce(failure);
        }
    }

    private void ReportFailureOnce(Exception failure)
    {
        try
        {
            if (!_reportFailed)
            {
                _reportFailed = true;
                _watcher.ReportFailed(this, failure);
            }
        }
        catch (Exception)
        {
            // A logger that throws cannot be told of by logging.
        }
    }

    private long ProbeSlot(long timestamp) => SlotOf(timestamp, _watcher.Settings.ProbeInterval);

    private long SlotOf(long timestamp, TimeSpan interval) => (long)((_time.GetElapsedTime(_epoch, timestamp) + TimerSlack) / interval);

    private async Task<NodeObservation> AskAsync(bool wantsFacts, long sentAt)
    {
        using var deadline = new CancellationTokenSource(_watcher.Settings.AbandonAfter, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stopping.Token);
        try
        {
            var answer = AskAsync(wantsFacts, stop.Token);
            await ReportSilenceAsync(answer, sentAt).ConfigureAwait(false);
            var facts = await answer.ConfigureAwait(false);
            return new(sentAt, _time.GetTimestamp(), facts, null);
        }
        catch (Exception exception)
        {
            return new(sentAt, _time.GetTimestamp(), null, NodeFault.From(exception, Node));
        }
    }

    private async Task<NodeFacts?> AskAsync(bool wantsFacts, CancellationToken cancellationToken)
    {
        if (wantsFacts)
        {
            return await _probe.AskAsync(cancellationToken).ConfigureAwait(false);
        }

        await _probe.HeartbeatAsync(cancellationToken).ConfigureAwait(false);
        return null;
    }

    private async Task ReportSilenceAsync(Task answer, long sentAt)
    {
        _wasSilent = false;
        if (answer.IsCompleted)
        {
            return;
        }

        var timeout = _watcher.Settings.ProbeTimeout;
        using var answered = new CancellationTokenSource();
        await Task.WhenAny(answer, Task.Delay(timeout, _time, answered.Token)).ConfigureAwait(false);
        await answered.CancelAsync().ConfigureAwait(false);
        if (!answer.IsCompleted && !_stopping.IsCancellationRequested)
        {
            _wasSilent = true;
            Report(new(sentAt, _time.GetTimestamp(), null, NodeFault.Unresponsive(timeout)));
            await Task.WhenAny(answer).ConfigureAwait(false);
        }
    }

    // Turns lie on one grid for all servers: positions of primary and replicas are then taken at the same moment.
    private TimeSpan NextDelay(long startedAt)
    {
        var settings = _watcher.Settings;
        var interval = _watcher.IsUrgent(this) ? settings.UrgentInterval : settings.HeartbeatInterval;
        var due = interval * (SlotOf(startedAt, interval) + 1);
        var left = due - _time.GetElapsedTime(_epoch);
        return left < TimeSpan.Zero ? TimeSpan.Zero : left;
    }
}
