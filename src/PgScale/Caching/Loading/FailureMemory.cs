using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace PgScale.Caching.Loading;

/// <summary>Loads that failed lately: their keys' callers get the same error for a short time, so that failures make no waves.</summary>
/// <remarks>At the bound all are forgotten, and loads are tried at once.</remarks>
internal sealed class FailureMemory(TimeSpan first, TimeSpan longest, CacheClock clock)
{
    private const int MaxKeys = 10_000;

    private readonly ConcurrentDictionary<string, Failure> _failures = new(StringComparer.Ordinal);

    internal ExceptionDispatchInfo? Find(string key) =>
        !_failures.IsEmpty && _failures.TryGetValue(key, out var failure) && clock.Now < failure.Until ? failure.Error : null;

    internal void Remember(string key, Exception error)
    {
        if (first == TimeSpan.Zero)
        {
            return;
        }

        if (_failures.Count >= MaxKeys)
        {
            _failures.Clear();
        }

        var times = _failures.TryGetValue(key, out var before) ? Math.Min(before.Times + 1, 16) : 0;
        var pause = Math.Min(longest.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, times));
        _failures[key] = new(ExceptionDispatchInfo.Capture(error), clock.Now + (long)pause, times);
    }

    internal void Forget(string key)
    {
        if (!_failures.IsEmpty)
        {
            _failures.TryRemove(key, out _);
        }
    }

    private sealed record Failure(ExceptionDispatchInfo Error, long Until, int Times);
}
