namespace PgScale.Caching.Redis;

/// <summary>All of this process who wait for one key.</summary>
internal sealed class KeyWait
{
    private TaskCompletionSource<KeySignal> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The next signal. Ask before asking Redis, or it may be missed.</summary>
    internal Task<KeySignal> Next => Volatile.Read(ref _next).Task;

    /// <summary>How many wait; counted under the lock of <see cref="KeySignals"/>.</summary>
    internal int Waiters { get; set; }

    internal void Tell(KeySignal signal) =>
        Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult(signal);
}
