namespace PgScale.Routing;

/// <summary>A tier's places for reads: so many at once, so many waiting, the rest are turned away at once.</summary>
internal sealed class ReadPlaces(string tier, int concurrency, int queue) : IDisposable
{
    private readonly SemaphoreSlim _free = new(concurrency, concurrency);

    private int _waiting;

    internal int InUse => concurrency - _free.CurrentCount;

    /// <summary>Takes a place, when one is free or becomes free.</summary>
    /// <exception cref="ReadRejectedException">Too many wait already.</exception>
    internal ValueTask EnterAsync(CancellationToken cancellationToken) =>
        _free.Wait(0, CancellationToken.None) ? ValueTask.CompletedTask : WaitAsync(cancellationToken);

    internal void Leave() => _free.Release();

    public void Dispose() => _free.Dispose();

    private async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > queue)
        {
            Interlocked.Decrement(ref _waiting);
            throw ReadRejectedException.TierIsFull(tier, concurrency, queue);
        }

        try
        {
            await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
