using System.Collections.Concurrent;

namespace PgScale.Caching.Redis;

/// <summary>Who in this process waits for another one's load, by key.</summary>
internal sealed class KeySignals
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<KeySignal>> _waiting = new(StringComparer.Ordinal);

    /// <summary>The next signal of a key. Ask before asking Redis, or it may be missed.</summary>
    internal Task<KeySignal> Next(string key) =>
        _waiting.GetOrAdd(key, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    internal void Forget(string key) => _waiting.TryRemove(key, out _);

    internal void Tell(string key, KeySignal signal)
    {
        if (_waiting.TryRemove(key, out var waiting))
        {
            waiting.TrySetResult(signal);
        }
    }

    internal void TellAll(KeySignal signal)
    {
        foreach (var key in _waiting.Keys)
        {
            Tell(key, signal);
        }
    }
}
