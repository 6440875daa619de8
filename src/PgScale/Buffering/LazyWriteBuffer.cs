using System.Diagnostics;
using System.Runtime.CompilerServices;
using PgScale.Buffering.Flushing;
using PgScale.Buffering.Holding;
using PgScale.Buffering.Spool;
using PgScale.Diagnostics;

namespace PgScale.Buffering;

/// <summary>Takes writes that can wait, and writes them later together: merged or in bulk, each once, none lost within its bounds.</summary>
/// <remarks>
/// Thread-safe. What is held is in memory: a process that is killed loses what was not flushed, at most the flush interval. In durable mode
/// it is on disk as well, and is flushed after the next start.
/// </remarks>
/// <typeparam name="T">The items. A struct is held without being boxed.</typeparam>
public sealed class LazyWriteBuffer<T> : ILazyWriteBuffer, IAsyncDisposable
{
    private readonly ItemStore<T> _store;
    private readonly FlushLoop _loop;
    private readonly RoomWaiters _waiters;
    private readonly FlushStatus _status;
    private readonly PrimarySession _session;
    private readonly LazyWriteBufferOptions _options;
    private readonly Func<T, T>? _redact;
    private readonly TimeProvider _time;

    private Task<long>? _draining;
    private bool _disposed;

    internal LazyWriteBuffer(BufferParts<T> parts)
    {
        _store = parts.Store;
        _loop = parts.Loop;
        _waiters = parts.Waiters;
        _status = parts.Status;
        _session = parts.Session;
        _options = parts.Options;
        _redact = parts.Redact;
        _time = parts.Time;
    }

    /// <summary>The name of the buffer.</summary>
    public string Name => _status.Buffer;

    /// <summary>Items held now (keys, for merges), those being flushed included.</summary>
    public int Count => _store.Depth.Items;

    IBatchSource ILazyWriteBuffer.Source => _store;

    FlushStatus ILazyWriteBuffer.Status => _status;

    LazyWriteBufferOptions ILazyWriteBuffer.Options => _options;

    /// <summary>Takes an item if there is room; never waits. False when the buffer is full or closed, and the item was not taken.</summary>
    /// <remarks>In durable mode it outlives the process from then on. With <see cref="FullPolicy.DropOldest"/> there is always room, unless the item alone is larger than the bound or all that is held is being flushed.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnqueue(in T item)
    {
        if (PgScaleActivitySource.Instance.HasListeners())
        {
            _loop.Enqueuers.Note(Activity.Current);
        }

        if (_redact is not null)
        {
            return TryEnqueueRedacted(item);
        }

        var outcome = _store.TryAdd(item);
        return IsTaken(outcome) || (outcome != AddOutcome.Closed && TryOverflow(item, outcome));
    }

    /// <summary>Takes an item, and waits for room if that is the policy; in durable mode also until it outlives the machine.</summary>
    /// <param name="item">The item.</param>
    /// <param name="cancellationToken">Ends the wait; the item is not taken then.</param>
    /// <returns>Whether it is held: false only with <see cref="FullPolicy.DropNewest"/>.</returns>
    /// <exception cref="BufferFullException">
    /// The policy is to reject, or too many wait already, or the item alone is larger than <see cref="LazyWriteBufferOptions.MaxBytes"/>.
    /// </exception>
    /// <exception cref="SpoolException">The disk under the spool has failed: whether the item is on it is not known.</exception>
    /// <exception cref="ObjectDisposedException">The buffer is closed.</exception>
    public ValueTask<bool> EnqueueAsync(T item, CancellationToken cancellationToken = default)
    {
        if (PgScaleActivitySource.Instance.HasListeners())
        {
            _loop.Enqueuers.Note(Activity.Current);
        }

        var kept = _redact is null ? item : _redact(item);
        var outcome = _store.TryAdd(kept);
        return IsTaken(outcome) ? AcknowledgeAsync(cancellationToken) : EnqueueSlowlyAsync(kept, outcome, cancellationToken);
    }

    /// <summary>Writes everything that was enqueued before the call, and returns when it is committed.</summary>
    /// <param name="cancellationToken">Ends the wait; the flush goes on.</param>
    /// <exception cref="BufferStoppedException">The table refuses all rows until somebody changes it; nothing is lost.</exception>
    /// <exception cref="ObjectDisposedException">The buffer ended before everything was written.</exception>
    public Task<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => _loop.FlushAsync(cancellationToken);

    /// <summary>Writes what is held, within <see cref="LazyWriteBufferOptions.DrainTimeout"/>, and ends. What is left is logged with its count.</summary>
    public async ValueTask DisposeAsync()
    {
        await ((ILazyWriteBuffer)this).StopAsync(CancellationToken.None).ConfigureAwait(false);
        if (!Interlocked.Exchange(ref _disposed, true)) // containers dispose what they hold under several keys more than once
        {
            await _loop.DisposeAsync().ConfigureAwait(false);
        }
    }

    void ILazyWriteBuffer.Start() => _loop.Start();

    Task ILazyWriteBuffer.OpenAsync(CancellationToken cancellationToken) => _store.OpenAsync(cancellationToken);

    Task ILazyWriteBuffer.PrepareAsync(CancellationToken cancellationToken) => _session.PrepareAsync(cancellationToken);

    async Task<long> ILazyWriteBuffer.StopAsync(CancellationToken cancellationToken)
    {
        var draining = Volatile.Read(ref _draining) ?? DrainOnce(cancellationToken);
        return await draining.ConfigureAwait(false);
    }

    private Task<long> DrainOnce(CancellationToken cancellationToken)
    {
        TaskCompletionSource<long> first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _draining, first.Task, null) is { } other)
        {
            return other;
        }

        _ = DrainAsync(first, cancellationToken);
        return first.Task;
    }

    private async Task DrainAsync(TaskCompletionSource<long> drained, CancellationToken cancellationToken)
    {
        try
        {
            using var late = new CancellationTokenSource(_options.DrainTimeout, _time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
            var left = await _loop.DrainAsync(both.Token).ConfigureAwait(false);
            _status.Left(left);
            drained.SetResult(left);
        }
        catch (Exception failure)
        {
            drained.SetException(failure);
        }
    }

    private ValueTask<bool> AcknowledgeAsync(CancellationToken cancellationToken)
    {
        var durable = _store.WaitForDurableAsync(cancellationToken);
        return durable.IsCompletedSuccessfully ? new(true) : WaitAsync(durable);

        static async ValueTask<bool> WaitAsync(ValueTask durable)
        {
            await durable.ConfigureAwait(false);
            return true;
        }
    }

    private bool TryEnqueueRedacted(T item)
    {
        var kept = _redact!(item);
        var outcome = _store.TryAdd(kept);
        return IsTaken(outcome) || (outcome != AddOutcome.Closed && TryOverflow(kept, outcome));
    }

    private bool TryOverflow(in T item, AddOutcome outcome)
    {
        if (_options.WhenFull != FullPolicy.DropOldest || outcome != AddOutcome.Full)
        {
            _status.Overflowed(outcome switch { AddOutcome.TooLarge => "too_large", AddOutcome.Failed => "spool_failed", _ => Word(_options.WhenFull) }, 1);
            return false;
        }

        while (outcome == AddOutcome.Full && _store.DropOldest())
        {
            _status.Overflowed(Word(FullPolicy.DropOldest), 1);
            outcome = _store.TryAdd(item);
        }

        if (outcome == AddOutcome.Full)
        {
            _status.Overflowed(Word(FullPolicy.DropNewest), 1); // all of it is being flushed: there is nothing older to forget
        }

        return outcome == AddOutcome.Added;
    }

    private async ValueTask<bool> EnqueueSlowlyAsync(T item, AddOutcome outcome, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (outcome == AddOutcome.Full)
        {
            if (_options.WhenFull != FullPolicy.Wait)
            {
                return TryOverflow(item, outcome) || (_options.WhenFull == FullPolicy.Reject ? throw Full("") : false);
            }

            outcome = await WaitForRoomAsync(item, cancellationToken).ConfigureAwait(false);
        }

        ObjectDisposedException.ThrowIf(outcome == AddOutcome.Closed, this);
        if (outcome == AddOutcome.Failed && _store.Failure is SpoolException failed)
        {
            throw new SpoolException(failed.Problem, failed.Path, failed.Message, failed);
        }

        if (outcome == AddOutcome.TooLarge)
        {
            _status.Overflowed("too_large", 1);
            throw new BufferFullException($"An item is larger than all that buffer '{Name}' may hold, {_options.MaxBytes} bytes. Raise PgScale:Buffering:{Name}:MaxBytes, or make the item smaller.");
        }

        return await AcknowledgeAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<AddOutcome> WaitForRoomAsync(T item, CancellationToken cancellationToken)
    {
        var place = _waiters.Join() ?? throw Full($" and {_options.MaxWaiters} callers wait for room already (MaxWaiters)");
        try
        {
            while (true)
            {
                var outcome = _store.TryAdd(item); // room may have come before there was a place to be woken at
                if (outcome != AddOutcome.Full)
                {
                    return outcome;
                }

                _loop.Nudge();
                await place.Value.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
                outcome = _store.TryAdd(item);
                if (outcome != AddOutcome.Full)
                {
                    return outcome;
                }

                place = _waiters.Rejoin();
            }
        }
        finally
        {
            _waiters.Leave(place);
        }
    }

    private BufferFullException Full(string detail) => new(
        $"Buffer '{Name}' is full: it may hold {_options.MaxItems} items (MaxItems) or {_options.MaxBytes} bytes (MaxBytes){detail}. "
        + $"{_status.Trouble?.Message ?? "It is filled faster than it can be flushed."} The item was not taken.");

    private static bool IsTaken(AddOutcome outcome) => outcome is AddOutcome.Added or AddOutcome.Needless;

    private static string Word(FullPolicy policy) => policy switch
    {
        FullPolicy.DropOldest => "drop_oldest",
        FullPolicy.DropNewest => "drop_newest",
        _ => "rejected",
    };
}
