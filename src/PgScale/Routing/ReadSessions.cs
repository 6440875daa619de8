using Npgsql;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>Finds the node for a read and opens a session on it: a replica that is known to hold the token, one that gets it in time, or the primary.</summary>
internal sealed class ReadSessions(
    ClusterMonitor monitor, SessionOpener opener, PrimaryFallback primary, TierRoutes routes, ReplicaRouterOptions options, ReplicaRouterMetrics metrics, TimeProvider time)
{
    /// <summary>Opens a session on the best node that will have the read.</summary>
    /// <param name="run">The read.</param>
    /// <param name="isHedge">Whether it is a second request, which never asks the primary.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal async ValueTask<NodeSession> OpenAsync(ReadRun run, bool isHedge, CancellationToken cancellationToken)
    {
        for (Exception? last = null; ;)
        {
            if (Choose(run, out var isCovered) is not { } candidate)
            {
                return await primary.OpenAsync(run, isHedge, last, cancellationToken).ConfigureAwait(false);
            }

            try
            {
                var session = await opener.OpenAsync(
                    candidate.Lane, candidate.State, new(run.Tier.ReadProfile, IsPrimary: false, run.Request.Options.Idempotent), cancellationToken).ConfigureAwait(false);
                if (!isCovered && run.ChecksTokenLater)
                {
                    session.NeedsGuard = true;
                    metrics.Chosen(run.Tier.Name, candidate.State.Name, "replica_guarded");
                    return session;
                }

                if (isCovered || await IsFreshAsync(session, run, cancellationToken).ConfigureAwait(false))
                {
                    metrics.Chosen(run.Tier.Name, candidate.State.Name, isCovered ? "replica" : "replica_after_wait");
                    return session;
                }
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException && (run.Request.Options.Idempotent || !run.HasSent))
            {
                last = failure; // nothing was sent to it: another node costs no retry
            }
        }
    }

    private Candidate? Choose(ReadRun run, out bool isCovered)
    {
        isCovered = true;
        if (run.Request.Scope is { IsUncertain: true })
        {
            return null;
        }

        var view = run.Tier.View;
        return ChooseFrom(view, run, out isCovered)
            ?? (view.Candidates.IsEmpty && run.Tier.Settings.BorrowFrom is { } lower ? ChooseFrom(routes.Get(lower).View, run, out isCovered) : null);
    }

    private static Candidate? ChooseFrom(TierView view, ReadRun run, out bool isCovered)
    {
        isCovered = true;
        if (run.Choose(view, covered: true) is { } covered)
        {
            return covered;
        }

        isCovered = false;
        return run.Request.Token.IsNone ? null : run.Choose(view, covered: false);
    }

    /// <summary>Waits until the session's node holds the token; a session whose node does not, or fails, is ended.</summary>
    internal async ValueTask<bool> IsFreshAsync(NodeSession session, ReadRun run, CancellationToken cancellationToken)
    {
        try
        {
            var isFresh = await session.RunAsync((_, cancelled) => WaitAsync(session, run, cancelled), cancellationToken).ConfigureAwait(false);
            if (!isFresh)
            {
                await session.CancelAsync().ConfigureAwait(false);
            }

            return isFresh;
        }
        catch (Exception failure)
        {
            await EndAsync(session, run, failure, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits until the session's node holds the token of the read; false when it takes too long.</summary>
    internal async Task<bool> WaitAsync(NodeSession session, ReadRun run, CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        try
        {
            var isFresh = await FreshnessGuard.WaitAsync(session, run.Request.Token, run.WaitLeft(options.FreshnessWait), time, cancellationToken).ConfigureAwait(false);
            session.NeedsGuard = !isFresh;
            if (!isFresh)
            {
                session.Lane.Miss();
            }

            session.BeginAnew();
            return isFresh;
        }
        finally
        {
            var waited = time.GetElapsedTime(startedAt);
            run.Waited(waited);
            metrics.WaitedForFreshness(run.Tier.Name, waited);
        }
    }

    /// <summary>Ends a session whose work has failed, and says what the failure speaks of.</summary>
    internal async ValueTask<ReadFailure> EndAsync(NodeSession session, ReadRun run, Exception failure, CancellationToken cancellationToken)
    {
        if (failure is OperationCanceledException && cancellationToken.IsCancellationRequested)
        {
            await session.CancelAsync(run.Tier.Latency.Rare, run.IsOnSlowNode).ConfigureAwait(false);
            return ReadFailure.Statement;
        }

        var kind = ReadFailures.Classify(failure, session.Connection);
        if (kind == ReadFailure.CachedPlan && session.Connection.FullState == System.Data.ConnectionState.Open)
        {
            NpgsqlConnection.ClearPool(session.Connection); // its prepared statements were made for the old table
        }

        await session.FailAsync(kind).ConfigureAwait(false);
        if (kind == ReadFailure.Node)
        {
            monitor.ReportFailure(session.State.Name, failure);
        }

        return kind;
    }
}
