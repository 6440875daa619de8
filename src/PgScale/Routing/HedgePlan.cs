namespace PgScale.Routing;

/// <summary>Says when a read is worth a second request.</summary>
/// <remarks>
/// On a node that looks like the others, after a time that few reads take: half of the allowed share, so that the rest is there when a
/// node becomes slow. On a node that looks slow, as soon as it has taken longer than most reads do elsewhere, since the request that waits
/// there is likely to wait much longer still.
/// </remarks>
internal sealed class HedgePlan(TimeProvider time)
{
    /// <summary>Waits until the first request has ended (false) or a second one is due, and paid for (true).</summary>
    internal async ValueTask<bool> IsDueAsync(Task first, ReadRun run)
    {
        var latency = run.Tier.Latency;
        if (latency.Usual == long.MaxValue)
        {
            return false; // too little is known
        }

        var startedAt = time.GetTimestamp();
        var soon = Delay(latency.Usual, run.Tier);
        if (!await IsSlowAsync(first, soon).ConfigureAwait(false))
        {
            return false;
        }

        run.IsOnSlowNode = LooksSlow(run);
        return (run.IsOnSlowNode || await IsSlowAsync(first, Delay(latency.Rare, run.Tier) - time.GetElapsedTime(startedAt)).ConfigureAwait(false))
            && run.HasAnother(run.Tier.View)
            && run.Tier.Hedges.TryTake();
    }

    private bool LooksSlow(ReadRun run) => run.Latest is { } lane && run.Tier.View.IsOutlier(lane, time.GetTimestamp());

    private TimeSpan Delay(long ticks, TierRoute tier) =>
        time.GetElapsedTime(0, ticks) is var delay && delay > tier.Settings.MinimumHedgeDelay ? delay : tier.Settings.MinimumHedgeDelay;

    private async Task<bool> IsSlowAsync(Task first, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            return !first.IsCompleted;
        }

        using var answered = new CancellationTokenSource();
        await Task.WhenAny(first, Task.Delay(delay, time, answered.Token)).ConfigureAwait(false);
        await answered.CancelAsync().ConfigureAwait(false);
        return !first.IsCompleted;
    }
}
