using PgScale.Caching.Local;
using PgScale.Caching.Tags;

namespace PgScale.Caching.Loading;

/// <summary>One load of one key, that any number of callers wait for.</summary>
/// <remarks>
/// It runs on a token of its own, which is cancelled when the last caller has gone. A removal of its key voids it: its callers, who
/// came before the removal, get its value, but it is stored nowhere and nobody joins it any longer.
/// </remarks>
#pragma warning disable CA1001 // its source of cancellation has no timer and nobody asks for its handle: there is nothing to dispose of
internal abstract class Flight(string key, TagStamps stamps, int epoch)
#pragma warning restore CA1001
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _abandoned = new();

    private TagStamps _stamps = stamps;
    private int _callers;
    private bool _isClosed;
    private bool _isVoided;

    internal string Key => key;

    /// <summary>The epoch of the lease when it began.</summary>
    internal int Epoch => epoch;

    /// <summary>Ends the load when nobody waits for it any longer.</summary>
    internal CancellationToken Abandoned => _abandoned.Token;

    internal bool IsVoided
    {
        get
        {
            lock (_lock)
            {
                return _isVoided;
            }
        }
    }

    internal abstract Task Ended { get; }

    /// <summary>The tags as they were when the load began; who comes after one of them was removed does not join.</summary>
    internal TagStamps Stamps
    {
        get => Volatile.Read(ref _stamps);
        set => Volatile.Write(ref _stamps, value);
    }

    internal bool TryJoin()
    {
        lock (_lock)
        {
            if (_isClosed || !Stamps.AreCurrent)
            {
                return false;
            }

            _callers++;
            return true;
        }
    }

    /// <summary>A caller goes; true when it was the last, so that the load ends. Nobody can join from then on.</summary>
    internal bool Leave()
    {
        lock (_lock)
        {
            if (--_callers > 0)
            {
                return false;
            }

            (_isClosed, _isVoided) = (true, true); // it is out of the table, so a removal would not find it
        }

        _abandoned.Cancel();
        return true;
    }

    internal void Void()
    {
        lock (_lock)
        {
            (_isClosed, _isVoided) = (true, true);
        }
    }

    /// <summary>Puts the value into memory unless the key was removed since the load began: one step against <see cref="Void"/>.</summary>
    internal bool TryStore(LocalTier local, LocalEntry entry, long size)
    {
        lock (_lock)
        {
            if (!_isVoided)
            {
                local.Set(key, entry, size);
            }

            return !_isVoided;
        }
    }
}
