namespace PgScale.Caching.Loading;

/// <summary>Bounds how many loads run at the same time, whatever their keys, and how many wait for that.</summary>
#pragma warning disable CA1001 // loads that are under way when the cache is closed still leave it; without a wait handle there is nothing to dispose of
internal sealed class LoadGate(int places, int queue)
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _places = new(places, places);

    private int _waiting;

    internal int Running => places - _places.CurrentCount;

    internal int Waiting => Volatile.Read(ref _waiting);

    /// <exception cref="CacheLoadException">The queue is full.</exception>
    internal ValueTask EnterAsync(
        CancellationToken cancellationToken) => _places.Wait(0, CancellationToken.None) ? default : QueueAsync(cancellationToken);

    internal void Leave() => _places.Release();

    private async ValueTask QueueAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > queue)
        {
            Interlocked.Decrement(ref _waiting);
            throw new CacheLoadException(
                CacheLoadFailure.TooManyLoads,
                $"The value was not loaded: {places} loads run (PgScale:Caching:MaxConcurrentLoads) and {queue} wait (MaxQueuedLoads). "
                + "The database is slower than the misses come; raise the limits only if it can take more.");
        }

        try
        {
            await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
