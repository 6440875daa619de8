using PgScale.Cluster;

namespace PgScale.Backfill.Ledger;

/// <summary>What is known of a ledger's first line, to tell one that a failover took from one that somebody deleted.</summary>
/// <remarks>
/// The ledger and the rows travel in one log. When the log ended before the first line was committed, no batch of the run is in the data
/// either, so the run may begin anew. A line that only is not there any more proves nothing: ForgetAsync deletes it, and leaves the rows.
/// </remarks>
/// <param name="Token">A position before the commit of the first line; none when this process did not write it.</param>
/// <param name="Timeline">The primary's timeline when the run was opened.</param>
internal sealed record LedgerBeginning(ConsistencyToken Token, uint Timeline)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Whether the line never reached the server that is the primary now.</summary>
    /// <exception cref="BackfillFailedException">There was a failover, and it cannot be told whether it took the line.</exception>
    internal async Task<bool> IsLostAsync(ClusterMonitor monitor, string name, TimeProvider time, CancellationToken cancellationToken)
    {
        if (monitor.Current.Timeline == Timeline)
        {
            return false;
        }

        using var patience = new CancellationTokenSource(Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            // A promoted server's history is known a probe later than its role.
            await monitor.WaitForAsync(IsLost, linked.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw BackfillFailedException.For(
                name, "since a failover its row in pgscale.backfill is gone, and it cannot be told whether the failover took it or ForgetAsync did. Run it again to begin anew.");
        }

        bool IsLost(ClusterSnapshot snapshot) =>
            snapshot.Primary is { } primary && !Token.IsNone && snapshot.CoverageOf(primary, Token) == TokenCoverage.Lost;
    }
}
