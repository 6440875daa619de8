using Microsoft.Extensions.Logging;
using Npgsql;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>Reads on the primary when no replica can serve them: within the budget, or not at all.</summary>
internal sealed class PrimaryFallback(
    ClusterMonitor monitor, SessionOpener opener, PrimaryBudget budget, ReplicaRouterOptions options, ReplicaRouterMetrics metrics, ILogger logger, TimeProvider time)
{
    private uint _lossSaidOf;

    /// <summary>Opens a session on the primary.</summary>
    /// <param name="run">The read.</param>
    /// <param name="isHedge">Whether it is a second request: those are not for the primary.</param>
    /// <param name="last">The failure that led here.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ReadRejectedException">There is no primary, it does not answer, or the budget is used up.</exception>
    /// <exception cref="ArgumentException">The token is from another cluster, or a reload has taken the tier out.</exception>
    internal async Task<NodeSession> OpenAsync(ReadRun run, bool isHedge, Exception? last, CancellationToken cancellationToken)
    {
        var token = run.Request.Token;
        var snapshot = monitor.Current;
        ThrowIfForeign(token, snapshot);
        ThrowIfRemoved(run.Tier, snapshot);
        if (!token.IsNone && token.Timeline > snapshot.Timeline)
        {
            snapshot = await LearnTimelineAsync(token, cancellationToken).ConfigureAwait(false);
        }

        var tier = run.Tier;
        if (isHedge || !run.Request.Options.AllowPrimary || snapshot.Primary is not { } primary || tier.Primary is not { } lane || !ReferenceEquals(lane.Node, primary.Node)
            || snapshot.CoverageOf(primary, token) is var coverage && coverage == TokenCoverage.NotYet || !budget.TryEnter(tier.FallbackShare))
        {
            throw Reject(run, last);
        }

        try
        {
            var session = await opener.OpenAsync(
                lane, primary, new(tier.ReadProfile, IsPrimary: true, IsRepeatable: false, budget.Leave), cancellationToken).ConfigureAwait(false);
            metrics.Chosen(tier.Name, primary.Name, coverage == TokenCoverage.Lost ? "token_lost" : "primary_fallback");
            if (coverage == TokenCoverage.Lost && Interlocked.Exchange(ref _lossSaidOf, snapshot.Timeline) != snapshot.Timeline)
            {
                ReplicaRouterLog.TokenLost(logger, monitor.Instance, snapshot.Timeline, token);
            }

            return session;
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            throw Reject(run, failure);
        }
    }

    private ReadRejectedException Reject(ReadRun run, Exception? last)
    {
        metrics.Shed(run.Tier.Name);
        return ReadRejectedException.NoNode(
            run.Tier.Name, budget.RetryAfter(run.Tier.FallbackShare), run.Tier.ExplainRefusals(run.Request), monitor.Current.PrimaryProblem, last);
    }

    // A token of a timeline nobody here has seen: a promotion happened elsewhere, and the primary known here is not it.
    private async Task<ClusterSnapshot> LearnTimelineAsync(ConsistencyToken token, CancellationToken cancellationToken)
    {
        monitor.RequestProbe();
        using var late = new CancellationTokenSource(options.ConnectTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            return await monitor.WaitForAsync(snapshot => snapshot.Timeline >= token.Timeline && snapshot.Primary is not null, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return monitor.Current;
        }
    }

    // Only a started monitor knows the tiers.
    private static void ThrowIfRemoved(TierRoute tier, ClusterSnapshot snapshot)
    {
        if (snapshot.Version > 0)
        {
            _ = snapshot.GetTier(tier.Name);
        }
    }

    private static void ThrowIfForeign(ConsistencyToken token, ClusterSnapshot snapshot)
    {
        if (!token.IsNone && snapshot.SystemIdentifier != 0 && token.SystemIdentifier != snapshot.SystemIdentifier)
        {
            throw new ArgumentException(
                $"The consistency token is from the cluster with system identifier {token.SystemIdentifier}, this one has {snapshot.SystemIdentifier}. "
                + "Drop tokens that come from elsewhere.", nameof(token));
        }
    }
}
