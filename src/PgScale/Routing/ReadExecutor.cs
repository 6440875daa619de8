namespace PgScale.Routing;

/// <summary>Runs one read: on a node, again elsewhere when that fails under it, twice at once when the first is slow.</summary>
internal sealed class ReadExecutor(ReadSessions sessions, HedgePlan hedges, ReplicaRouterOptions options, ReplicaRouterMetrics metrics, TimeProvider time)
{
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    internal Task<T> RunAsync<T>(ReadWork<T> read, CancellationToken cancellationToken)
    {
        read.Tier.Retries.Deposit(options.RetryRatio);
        return read.Tier.Settings.Hedging && read.Request.Options.Idempotent
            ? HedgeAsync(read, cancellationToken)
            : AttemptAsync(read, takesPlace: true, cancellationToken);
    }

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

    private async Task<T> HedgeAsync<T>(ReadWork<T> run, CancellationToken cancellationToken)
    {
        var tier = run.Tier;
        await tier.Places.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            tier.Hedges.Deposit(options.HedgeRatio);
            var firstEnd = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var first = AttemptAsync(run, takesPlace: false, firstEnd.Token);
            if (first.IsCompleted || !await hedges.IsDueAsync(first, run).ConfigureAwait(false))
            {
                using (firstEnd)
                {
                    return await first.ConfigureAwait(false);
                }
            }

            var secondEnd = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var second = AttemptAsync(run, takesPlace: false, secondEnd.Token, isHedge: true);
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
        finally
        {
            tier.Places.Leave();
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

    // One state machine from the caller to the driver: each more costs a read some two hundred bytes.
    private async Task<T> AttemptAsync<T>(ReadWork<T> run, bool takesPlace, CancellationToken cancellationToken, bool isHedge = false)
    {
        if (takesPlace)
        {
            await run.Tier.Places.EnterAsync(cancellationToken).ConfigureAwait(false);
        }

        try
        {
            for (var attempt = 0; ; attempt++)
            {
                var session = await sessions.OpenAsync(run, isHedge, cancellationToken).ConfigureAwait(false);
                var startedAt = time.GetTimestamp();
                try
                {
                    run.HasSent = true;
                    var working = run.RunAsync(session, cancellationToken);
                    if (!working.IsCompleted && !await session.EndsAsync(working).ConfigureAwait(false))
                    {
                        throw session.Abandon(working);
                    }

                    var result = await working.ConfigureAwait(false);
                    if (run.Request.Scope is not null)
                    {
                        await ObserveAsync(session, run.Request, cancellationToken).ConfigureAwait(false);
                    }

                    run.Tier.Latency.Record(time.GetTimestamp() - startedAt);
                    await session.SucceedAsync().ConfigureAwait(false);
                    return result;
                }
                catch (Exception failure)
                {
                    var kind = await sessions.EndAsync(session, run, failure, cancellationToken).ConfigureAwait(false);
                    if (!MayRetry(kind, run, attempt))
                    {
                        throw;
                    }

                    metrics.Retried(run.Tier.Name, session.State.Name, kind);
                }

                await PauseAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            if (takesPlace)
            {
                run.Tier.Places.Leave();
            }
        }
    }

    private bool MayRetry(ReadFailure kind, ReadRun run, int attempt) =>
        kind != ReadFailure.Statement
        && run.Request.Options.Idempotent
        && (kind == ReadFailure.CachedPlan ? run.MayHeal() : kind == ReadFailure.Stale || attempt < options.MaxRetries && run.Tier.Retries.TryTake());

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
}
