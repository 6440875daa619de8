using System.Runtime.InteropServices;

namespace PgScale.Caching.Redis;

/// <summary>Who in this process waits for another one's load, by key. A key is known here only while somebody waits.</summary>
internal sealed class KeySignals
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, KeyWait> _waiting = new(StringComparer.Ordinal);

    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Begins to wait for a key; ends with <see cref="Leave"/>.</summary>
    internal KeyWait Join(string key)
    {
        lock (_lock)
        {
            ref var wait = ref CollectionsMarshal.GetValueRefOrAddDefault(_waiting, key, out _);
            wait ??= new();
            wait.Waiters++;
            return wait;
        }
    }

    internal void Leave(string key, KeyWait wait)
    {
        lock (_lock)
        {
            if (--wait.Waiters == 0)
            {
                _waiting.Remove(key);
            }
        }
    }

    internal void Tell(string key, KeySignal signal)
    {
        KeyWait? wait;
        lock (_lock)
        {
            _waiting.TryGetValue(key, out wait);
        }

        wait?.Tell(signal);
    }

    internal void TellAll(KeySignal signal)
    {
        KeyWait[] all;
        lock (_lock)
        {
            all = [.. _waiting.Values];
        }

        Array.ForEach(all, wait => wait.Tell(signal));
    }
}
