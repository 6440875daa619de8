using System.Buffers;
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
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _scratch;

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
        _settings = settings;
        _format = format;
        _maxItems = maxItems;
        store.Filled = () => Filled();
    }

    public override Guid? DurableId => _spool?.Id;

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
        await foreach (var record in spool.ReadAsync(spool.FirstSequence - 1, cancellationToken).ConfigureAwait(false))
        {
            _backlog.Enqueue((record.Sequence, _format.Read(record.Payload)));
            _replayedThrough = record.Sequence;
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

    internal override AddOutcome RoomFor(in T item) => throw new NotSupportedException("Nothing stands before a durable store.");

    internal override AddOutcome TryAdd(in T item)
    {
        var bytes = _scratch ??= new();
        bytes.ResetWrittenCount();
        _format.Write(item, bytes);
        lock (_lock)
        {
            if (_closed || _spool is not { } spool)
            {
                return AddOutcome.Closed;
            }

            var isBacklogged = !_isRecovered || _backlog.Count > 0;
            var room = !isBacklogged ? _store.RoomFor(item) : _backlog.Count < _maxItems ? AddOutcome.Added : AddOutcome.Full;
            if (room != AddOutcome.Added)
            {
                return room;
            }

            var spooled = spool.TryAppend(bytes.WrittenSpan, out var sequence);
            if (spooled != SpoolAppend.Appended)
            {
                return spooled == SpoolAppend.TooLarge ? AddOutcome.TooLarge : AddOutcome.Full;
            }

            RequireNew(sequence, _committed);
            if (isBacklogged)
            {
                _backlog.Enqueue((sequence, item));
            }
            else
            {
                _sequences.Add(sequence);
                _store.TryAdd(item);
            }

            return AddOutcome.Added;
        }
    }

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

        while (_backlog.TryPeek(out var next) && _store.RoomFor(next.Item) == AddOutcome.Added)
        {
            _backlog.Dequeue();
            _sequences.Add(next.Sequence);
            _store.TryAdd(next.Item);
        }

        if (_backlog.Count == 0)
        {
            _settled.TrySetResult();
        }
    }
}
