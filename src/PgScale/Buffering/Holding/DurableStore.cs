using PgScale.Buffering.Sinks;
using PgScale.Buffering.Spool;

namespace PgScale.Buffering.Holding;

/// <summary>Puts each item on disk before another store takes it, and brings back after a restart what was not committed.</summary>
/// <remarks>
/// Items are added one at a time, so that the order on disk is that in memory: what is committed is then always a first part of what is on
/// disk, and one number says how much. Until the ledger has said how much an earlier life has committed, items wait in the backlog.
/// </remarks>
internal sealed class DurableStore<T> : ItemStore<T>
{
    private readonly Lock _lock = new();
    private readonly Queue<(long Sequence, T Item)> _backlog = new();
    private readonly ItemStore<T> _store;
    private readonly SpoolSettings _settings;
    private readonly ItemFormat<T> _format;
    private readonly int _maxItems;
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SequenceRuns _sequences = new();
    private SpoolLog? _spool;
    private long _replayedThrough;
    private long _committed;
    private bool _isRecovered;
    private bool _closed;

    internal DurableStore(ItemStore<T> store, SpoolSettings settings, ItemFormat<T> format, int maxItems)
        : base(store.Sink)
    {
        _store = store;
        _settings = settings with { Gate = _lock };
        _format = format;
        _maxItems = maxItems;
        store.Filled = () => Filled();
    }

    /// <summary>Told when an item of an earlier life cannot be held: a delegate of the user throws at it, or it is larger than the bound now.</summary>
    internal Action<Exception> Refused { get; set; } = static _ => { };

    public override Guid? DurableId => _spool?.Id;

    public override Exception? Failure => _spool?.Failure;

    internal override long Committed => Interlocked.Read(ref _committed);

    public override Task Settled => _settled.Task;

    public override long SpoolBytes => _spool?.Bytes ?? 0;

    public override StoreDepth Depth
    {
        get
        {
            lock (_lock)
            {
                var depth = _store.Depth;
                return depth with { Items = depth.Items + _backlog.Count };
            }
        }
    }

    public override bool HasPending
    {
        get
        {
            lock (_lock)
            {
                return _backlog.Count > 0 || _store.HasPending;
            }
        }
    }

    public override bool HasFullBatch => _store.HasFullBatch;

    public override bool IsPressed => _store.IsPressed;

    public override int MaxBatchesUnderWay => 1; // a later part must not be committed before an earlier one

    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (_spool is not null)
        {
            return;
        }

        var spool = await SpoolLog.OpenAsync(_settings, cancellationToken).ConfigureAwait(false);
        try
        {
            await foreach (var record in spool.ReadAsync(spool.FirstSequence - 1, cancellationToken).ConfigureAwait(false))
            {
                _backlog.Enqueue((record.Sequence, Read(record)));
                _replayedThrough = record.Sequence;
            }
        }
        catch
        {
            _backlog.Clear();
            await spool.DisposeAsync().ConfigureAwait(false); // or the next try would find the directory in use
            throw;
        }

        _spool = spool;
    }

    public override void Recover(long committed)
    {
        lock (_lock)
        {
            while (_backlog.TryPeek(out var first) && first.Sequence <= Math.Min(committed, _replayedThrough))
            {
                _backlog.Dequeue();
            }

            if (_backlog.TryPeek(out var next))
            {
                RequireNew(next.Sequence, committed);
            }

            _committed = committed;
            if (committed > 0)
            {
                _spool!.Release(Math.Min(committed, _spool.LastSequence));
            }

            _isRecovered = true;
            Settle();
        }
    }

    public override long Seal()
    {
        lock (_lock)
        {
            return _store.Seal();
        }
    }

    public override void Close()
    {
        lock (_lock)
        {
            _closed = true;
        }
    }

    public override RowBatch? Take()
    {
        lock (_lock)
        {
            var batch = _store.Take();
            if (batch is not null)
            {
                batch.Sequences = batch.IsMerged ? Interlocked.Exchange(ref _sequences, new()) : _sequences.Take(batch.Rows);
            }

            return batch;
        }
    }

    public override void Complete(RowBatch batch)
    {
        _store.Complete(batch);
        lock (_lock)
        {
            Settle();
        }
    }

    public override void Release(long sequence) => _spool!.Release(sequence);

    public override ValueTask ReleaseFilesAsync() => _spool?.DisposeAsync() ?? default;

    internal override ValueTask WaitForDurableAsync(CancellationToken cancellationToken) => _spool!.WaitForDurableAsync(_spool.LastSequence, cancellationToken);

    internal override AddOutcome TryAdd(in T item)
    {
        if (_spool is not { } spool)
        {
            return AddOutcome.Closed;
        }

        var bytes = RecordScratch.Rent();
        try
        {
            _format.Write(item, bytes);
            return TryAdd(spool, item, bytes.WrittenSpan);
        }
        finally
        {
            RecordScratch.Return(bytes);
        }
    }

    private T Read(SpoolRecord record)
    {
        try
        {
            return _format.Read(record.Payload);
        }
        catch (Exception failure)
        {
            throw new SpoolException(
                SpoolProblem.Unreadable, _settings.Directory,
                $"Item {record.Sequence} in the spool directory '{_settings.Directory}' cannot be read by what Durable was given to read with ({failure.GetType().Name}). "
                + "An earlier version of the application has written it: read what that one wrote, or run it until the spool is empty. Nothing was changed.",
                failure);
        }
    }

    private AddOutcome TryAdd(SpoolLog spool, in T item, ReadOnlySpan<byte> record)
    {
        var checksum = spool.Checksum(record);
        lock (_lock)
        {
            if (_closed)
            {
                return AddOutcome.Closed;
            }

            var room = spool.MakeRoom(record.Length, out var sequence);
            if (room != SpoolAppend.Appended)
            {
                return OutcomeOf(room);
            }

            // First in memory, where it may be refused, by a delegate of the user too: what is on disk must be what is held.
            RequireNew(sequence, _committed);
            var outcome = Hold(item, sequence);
            if (outcome == AddOutcome.Added)
            {
                spool.Append(record, checksum);
            }

            return outcome;
        }
    }

    private AddOutcome Hold(in T item, long sequence)
    {
        if (!_isRecovered || _backlog.Count > 0)
        {
            if (_backlog.Count >= _maxItems)
            {
                return AddOutcome.Full;
            }

            _backlog.Enqueue((sequence, item));
            return AddOutcome.Added;
        }

        var outcome = _store.TryAdd(item);
        if (outcome == AddOutcome.Added)
        {
            _sequences.Add(sequence);
        }

        return outcome;
    }

    private static AddOutcome OutcomeOf(SpoolAppend refusal) => refusal switch
    {
        SpoolAppend.TooLarge => AddOutcome.TooLarge,
        SpoolAppend.Failed => AddOutcome.Failed,
        _ => AddOutcome.Full,
    };

    // The ledger would take new items for old ones, and drop them.
    private void RequireNew(long sequence, long committed)
    {
        if (sequence <= committed)
        {
            throw new InvalidOperationException(
                $"The spool in '{_settings.Directory}' is an older copy of itself: it gives the number {sequence}, and up to {committed} are committed. "
                + "Use the directory as it was last, or an empty one.");
        }
    }

    // Moves what waits into the store, as far as there is room.
    private void Settle()
    {
        if (!_isRecovered)
        {
            return;
        }

        while (_backlog.TryPeek(out var next) && TrySettle(next.Item) is var outcome && outcome != AddOutcome.Full)
        {
            _backlog.Dequeue();
            if (outcome == AddOutcome.Added)
            {
                _sequences.Add(next.Sequence);
            }
        }

        if (_backlog.Count == 0)
        {
            _settled.TrySetResult();
        }
    }

    // An item of an earlier life, or of a time when the table could not be asked, meets the user's delegates only now.
    private AddOutcome TrySettle(in T item)
    {
        try
        {
            var outcome = _store.TryAdd(item);
            if (outcome == AddOutcome.TooLarge)
            {
                Refused(new BufferFullException("An item is larger than all that the buffer may hold (MaxBytes)."));
            }

            return outcome;
        }
        catch (Exception failure)
        {
            Refused(failure);
            return AddOutcome.TooLarge;
        }
    }
}
