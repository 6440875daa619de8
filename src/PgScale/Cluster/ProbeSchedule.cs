namespace PgScale.Cluster;

/// <summary>Waits until the next probe is due or somebody wants one now. One waiter, any number of wakers.</summary>
internal sealed class ProbeSchedule(TimeProvider time)
{
    private readonly Lock _lock = new();

    private TaskCompletionSource<bool>? _waiting;
    private bool _wanted;

    /// <summary>Wants a probe at once: ends the wait, or the next one before it begins.</summary>
    internal void WakeUp()
    {
        lock (_lock)
        {
            _wanted = true;
            _waiting?.TrySetResult(true);
        }
    }

    /// <summary>Takes back what was wanted up to now.</summary>
    internal void Forget()
    {
        lock (_lock)
        {
            _wanted = false;
        }
    }

    /// <summary>Waits for a time at most; true when somebody wants a probe.</summary>
    internal async Task<bool> WaitAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        TaskCompletionSource<bool> waiting;
        lock (_lock)
        {
            if (_wanted)
            {
                _wanted = false;
                return true;
            }

            _waiting = waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        await using var timer = time.CreateTimer(static state => ((TaskCompletionSource<bool>)state!).TrySetResult(false), waiting,
            delay > TimeSpan.Zero ? delay : TimeSpan.Zero, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
        await using var cancellation = cancellationToken.Register(() => waiting.TrySetResult(false)).ConfigureAwait(false);
        await waiting.Task.ConfigureAwait(false);
        lock (_lock)
        {
            (var wanted, _wanted, _waiting) = (_wanted, false, null);
            return wanted;
        }
    }
}
