namespace PgScale.Caching.Redis;

/// <summary>Waits until a removal has reached every process that may still serve the old value.</summary>
/// <remarks>
/// It is sent again each turn: for a process that did not acknowledge it, and for this one if it did not know yet whom to wait for. That
/// takes one lease of a process that fell silent; after three the removal counts as not having reached everybody.
/// </remarks>
internal sealed class RemovalWait(RedisSession session, Fleet fleet, CacheClock clock, TimeSpan lease, TimeSpan turn)
{
    private const int MostLeases = 3;

    /// <returns>False when it took too long, or Redis failed meanwhile.</returns>
    internal async Task<bool> UntilReachedAsync(FleetRemoval removal, Func<Task> sendAgain, CancellationToken cancellationToken)
    {
        var giveUpAt = clock.Now + (long)(lease.TotalMilliseconds * MostLeases);
        while (!removal.Done.IsCompleted && clock.Now < giveUpAt && session.IsUsable)
        {
            try
            {
                await removal.Done.WaitAsync(turn, clock.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                fleet.ReleaseLapsed(removal);
                await (removal.Done.IsCompleted ? Task.CompletedTask : sendAgain()).ConfigureAwait(false);
            }
        }

        return removal.Done.IsCompleted;
    }
}
