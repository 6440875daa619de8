using Npgsql;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>Runs one read: finds a node, retries elsewhere, sends a second request when the first is slow, falls back to the primary.</summary>
internal sealed class ReadExecutor(
    ClusterMonitor monitor, SessionOpener opener, PrimaryBudget budget, TierRoutes routes, ReplicaRouterOptions options, ReplicaRouterMetrics metrics, TimeProvider time)
{
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    internal async Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> read, ReadRequest request, CancellationToken cancellationToken)
    {
        var tier = request.Tier;
        await tier.Places.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            tier.Retries.Deposit(options.RetryRatio);
            return tier.Settings.Hedging && request.Options.Idempotent
                ? await HedgeAsync(read, request, cancellationToken).ConfigureAwait(false)
                : await AttemptAsync(read, request, new(), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            tier.Places.Leave();
        }
    }

    /// <summary>Opens a session for a read on the best node that will have it.</summary>
    internal async Task<NodeSession> OpenAsync(ReadRequest request, ReadRun run, CancellationToken cancellationToken)
    {
        for (Exception? last = null; ;)
        {
            var chosen = Choose(request, run, out var isCovered);
            if (chosen is not { } candidate)
            {
                return await OpenPrimaryAsync(request, last, cancellationToken).ConfigureAwait(false);
            }

            try
            {
                var session = await opener.OpenAsync(candidate.Lane, candidate.State, Profile(request), isPrimary: false, onEnd: null, cancellationToken).ConfigureAwait(false);
                if (isCovered || await IsFreshAsync(session, request, run, cancellationToken).ConfigureAwait(false))
                {
                    metrics.Chosen(request.Tier.Name, candidate.State.Name, isCovered ? "replica" : "replica_after_wait");
                    return session;
                }
            }
            catch (Exception failure) when (failure is NpgsqlException or NodeLostException or TimeoutException)
            {
                last = failure; // nothing was sent to it: another node costs no retry
                if (!request.Options.Idempotent && run.HasSent)
                {
                    throw;
                }
            }
        }
    }

    private async Task<T> HedgeAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> read, ReadRequest request, CancellationToken cancellationToken)
    {
        var tier = request.Tier;
        tier.Hedges.Deposit(options.HedgeRatio);
        var run = new ReadRun();
        var firstEnd = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var first = AttemptAsync(read, request, run, firstEnd.Token);
        if (first.IsCompleted || tier.Latency.P95Time is not { } p95 || !await IsSlowAsync(first, p95, tier).ConfigureAwait(false)
            || !run.HasAnother(tier.View, request) || !tier.Hedges.TryTake())
        {
            using (firstEnd)
            {
                return await first.ConfigureAwait(false);
            }
        }

        var secondEnd = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var second = AttemptAsync(read, request with { Options = request.Options with { AllowPrimary = false } }, run, secondEnd.Token);
        var ended = await Task.WhenAny(first, second).ConfigureAwait(false);
        var firstWins = ReferenceEquals(ended, first) == ended.IsCompletedSuccessfully; // the other one when this one failed
        if (ended.IsCompletedSuccessfully)
        {
            metrics.Hedged(tier.Name, won: !firstWins);
        }

        _ = OvertakeAsync(firstWins ? second : first, firstWins ? secondEnd : firstEnd);
        using (firstWins ? firstEnd : secondEnd)
        {
            return await (firstWins ? first : second).ConfigureAwait(false);
        }
    }

    // Nobody waits for the loser: Npgsql cancels by asking its server, which is slow or hangs. It gives back its connection itself.
    private static async Task OvertakeAsync(Task loser, CancellationTokenSource end)
    {
        await end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAny(loser).ConfigureAwait(false);
        _ = loser.Exception;
        end.Dispose();
    }

    private async Task<bool> IsSlowAsync(Task first, TimeSpan p95, TierRoute tier)
    {
        using var answered = new CancellationTokenSource();
        var delay = p95 > tier.Settings.MinimumHedgeDelay ? p95 : tier.Settings.MinimumHedgeDelay;
        await Task.WhenAny(first, Task.Delay(delay, time, answered.Token)).ConfigureAwait(false);
        await answered.CancelAsync().ConfigureAwait(false);
        return !first.IsCompleted;
    }

    private async Task<T> AttemptAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> read, ReadRequest request, ReadRun run, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var session = await OpenAsync(request, run, cancellationToken).ConfigureAwait(false);
            var startedAt = time.GetTimestamp();
            try
            {
                run.HasSent = true;
                var result = await session.RunAsync(read, cancellationToken).ConfigureAwait(false);
                await ObserveAsync(session, request, cancellationToken).ConfigureAwait(false);
                request.Tier.Latency.Record(time.GetTimestamp() - startedAt);
                await session.SucceedAsync().ConfigureAwait(false);
                return result;
            }
            catch (Exception failure)
            {
                var kind = await EndAsync(session, request, failure, cancellationToken).ConfigureAwait(false);
                if (!MayRetry(kind, request, attempt, run))
                {
                    throw;
                }

                metrics.Retried(request.Tier.Name, session.State.Name, kind);
            }

            await PauseAsync(attempt, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<ReadFailure> EndAsync(NodeSession session, ReadRequest request, Exception failure, CancellationToken cancellationToken)
    {
        if (failure is OperationCanceledException && cancellationToken.IsCancellationRequested)
        {
            await session.CancelAsync(request.Tier.Latency.P95).ConfigureAwait(false);
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

    private bool MayRetry(ReadFailure kind, ReadRequest request, int attempt, ReadRun run) =>
        kind != ReadFailure.Statement
        && request.Options.Idempotent
        && (kind == ReadFailure.CachedPlan ? run.MayHeal() : attempt < options.MaxRetries && request.Tier.Retries.TryTake());

    // A node at once, the next ones after a decorrelated pause (Brooker, "Exponential Backoff and Jitter").
    private Task PauseAsync(int attempt, CancellationToken cancellationToken)
    {
        if (attempt == 0)
        {
            return Task.CompletedTask;
        }

        var most = Math.Min(LongestPause.TotalMilliseconds, LeastPause.TotalMilliseconds * Math.Pow(3, attempt + 1));
        return Task.Delay(TimeSpan.FromMilliseconds(LeastPause.TotalMilliseconds + (Random.Shared.NextDouble() * most)), time, cancellationToken);
    }

    private Candidate? Choose(ReadRequest request, ReadRun run, out bool isCovered)
    {
        isCovered = true;
        if (request.Scope is { IsUncertain: true })
        {
            return null;
        }

        if (ChooseFrom(request.Tier.View, request, run, out isCovered) is { } own)
        {
            return own;
        }

        return request.Tier.Settings.BorrowFrom is { } lower && request.Tier.View.Candidates.IsEmpty
            ? ChooseFrom(routes.Get(lower).View, request, run, out isCovered)
            : null;
    }

    private static Candidate? ChooseFrom(TierView view, in ReadRequest request, ReadRun run, out bool isCovered)
    {
        isCovered = true;
        var index = run.Choose(view, request, covered: true);
        if (index < 0 && !request.Token.IsNone)
        {
            isCovered = false;
            index = run.Choose(view, request, covered: false);
        }

        return index < 0 ? null : view.Candidates[index];
    }

    private async ValueTask<bool> IsFreshAsync(NodeSession session, ReadRequest request, ReadRun run, CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        try
        {
            if (await FreshnessGuard.WaitAsync(session, request.Token, run.WaitLeft(options.FreshnessWait), time, cancellationToken).ConfigureAwait(false))
            {
                return true;
            }

            await session.CancelAsync().ConfigureAwait(false);
            return false;
        }
        catch (Exception failure)
        {
            await EndAsync(session, request, failure, cancellationToken).ConfigureAwait(false);
            throw;
        }
        finally
        {
            var waited = time.GetElapsedTime(startedAt);
            run.Waited(waited);
            metrics.WaitedForFreshness(request.Tier.Name, waited);
        }
    }

    private async Task<NodeSession> OpenPrimaryAsync(ReadRequest request, Exception? last, CancellationToken cancellationToken)
    {
        var tier = request.Tier;
        var snapshot = monitor.Current;
        ThrowIfForeign(request.Token, snapshot);
        if (!request.Token.IsNone && request.Token.Timeline > snapshot.Timeline)
        {
            snapshot = await LearnTimelineAsync(request.Token, cancellationToken).ConfigureAwait(false);
        }

        if (!request.Options.AllowPrimary || snapshot.Primary is not { } primary || tier.Primary is not { } lane || !ReferenceEquals(lane.Node, primary.Node)
            || snapshot.CoverageOf(primary, request.Token) == TokenCoverage.NotYet || !budget.TryEnter(tier.FallbackShare))
        {
            metrics.Shed(tier.Name);
            throw ReadRejectedException.NoNode(tier.Name, budget.RetryAfter(tier.FallbackShare), tier.ExplainRefusals(request), last);
        }

        metrics.Chosen(tier.Name, primary.Name, "primary_fallback");
        return await opener.OpenAsync(lane, primary, Profile(request), isPrimary: true, budget.Leave, cancellationToken).ConfigureAwait(false);
    }

    // A token of a timeline nobody here has seen: a promotion happened elsewhere, and the primary known here is not it.
    private async Task<ClusterSnapshot> LearnTimelineAsync(ConsistencyToken token, CancellationToken cancellationToken)
    {
        monitor.RequestProbe();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var late = new CancellationTokenSource(options.ConnectTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, late.Token);
        try
        {
            return await monitor.WaitForAsync(snapshot => snapshot.Timeline >= token.Timeline && snapshot.Primary is not null, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return monitor.Current;
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

    private static SessionProfile Profile(in ReadRequest request) =>
        new(request.Tier.Name, ReadOnly: true, "read") { MaxPoolSize = request.Tier.Settings.MaxPoolSize };

    /// <summary>Lets the scope of a read know how far its node was, so that later reads do not go back.</summary>
    internal async ValueTask ObserveAsync(NodeSession session, ReadRequest request, CancellationToken cancellationToken)
    {
        if (request.Scope is { } scope)
        {
            var position = await session.RunAsync(FreshnessGuard.ReadPositionAsync, cancellationToken).ConfigureAwait(false);
            var snapshot = request.Tier.View.Snapshot;
            if (!session.IsPrimary)
            {
                session.Lane.Learn(position);
            }

            scope.Observe(new(snapshot.SystemIdentifier, snapshot.Timeline, position, time.GetUtcNow()));
            if (session.IsPrimary)
            {
                scope.IsUncertain = false;
            }
        }
    }
}
