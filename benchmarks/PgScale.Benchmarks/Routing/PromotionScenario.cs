using System.Diagnostics;
using Npgsql;
using PgScale.Benchmarks.Harness;
using PgScale.Testing;

namespace PgScale.Benchmarks.Routing;

/// <summary>The primary stops under writes and a replica is promoted.</summary>
/// <remarks>
/// It stops cleanly, so that its replicas have all that was acknowledged: a row that is missing afterwards was lost by the client side.
/// </remarks>
internal static class PromotionScenario
{
    private const int Writers = 4;

    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(BenchmarkRun run)
    {
        await using var cluster = await PostgresCluster.StartAsync(cancellationToken: run.CancellationToken);
        await cluster.Primary.ExecuteAsync("CREATE TABLE written (fleet text NOT NULL, writer int NOT NULL, number int NOT NULL)", run.CancellationToken);
        await cluster.WaitForReplicasAsync(run.CancellationToken);
        await using var application = await RoutedApplication.StartAsync(cluster, run.CancellationToken);
        await using var multiHost = PlainNpgsql.MultiHost(cluster.Servers, connection => connection.Remove("Host Recheck Seconds"));
        var outcome = await new SharedFault<PromotionSample>("a replica is promoted", "NpgsqlMultiHostDataSource, retried", "ReplicaRouter")
            .RunAsync(run with { Rounds = run.Quick ? 3 : 10 }, number => PromoteAsync(number, cluster, application, multiHost, run.CancellationToken));
        yield return outcome.Row("first write after a promotion, worst", "ms", sample => sample.Milliseconds, Goal.AtMost(250), worst: true);
        yield return outcome.Row("first write after a promotion, median", "ms", sample => sample.Milliseconds, Goal.None);
        yield return outcome.Row("unsent writes lost over a promotion, worst", "writes", sample => sample.Lost, Goal.AtMost(0), worst: true);
        yield return outcome.Row("writes applied twice over a promotion, worst", "writes", sample => sample.Twice, Goal.AtMost(0), worst: true);
        yield return outcome.Row("writes of unknown outcome over a promotion, worst", "writes", sample => sample.Unknown, Goal.None, worst: true);
    }

    private static async Task<(PromotionSample Baseline, PromotionSample Ours)> PromoteAsync(
        int number, PostgresCluster cluster, RoutedApplication application, NpgsqlMultiHostDataSource multiHost, CancellationToken cancellationToken)
    {
        var primaries = multiHost.WithTargetSession(TargetSessionAttributes.ReadWrite);
        var theirs = new WriterFleet($"npgsql {number}", Writers, sql => WriteUntilDoneAsync(primaries, sql));
        var ours = new WriterFleet($"router {number}", Writers, sql => application.Router.WriteAsync((connection, cancellation) => ExecuteAsync(connection, sql, cancellation)));
        await Task.Delay(Calm, TimeProvider.System, cancellationToken);
        var (old, next) = (cluster.Primary, cluster.Replicas[0]);
        await old.StopAsync(cancellationToken: cancellationToken);
        var accepting = WhenAcceptingAsync(next, cancellationToken);
        await cluster.PromoteAsync(next, cancellationToken);
        var acceptedAt = await accepting;
        await WaitForFirstAsync(acceptedAt, cancellationToken, theirs, ours);
        await Task.WhenAll(theirs.StopAsync(), ours.StopAsync());
        await using var connection = await next.OpenConnectionAsync(cancellationToken);
        var samples = (
            await theirs.CompareAsync(theirs.FirstAfter(acceptedAt) ?? Patience.TotalMilliseconds, connection, cancellationToken),
            await ours.CompareAsync(ours.FirstAfter(acceptedAt) ?? Patience.TotalMilliseconds, connection, cancellationToken));
        await cluster.RejoinAsync(old, cancellationToken);
        await cluster.WaitForReplicasAsync(cancellationToken);
        await application.UntilAllServeAsync(cancellationToken);
        return samples;
    }

    private static async Task<long> WhenAcceptingAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        await using var connection = await server.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand("SELECT pg_is_in_recovery()", connection);
        while (await command.ExecuteScalarAsync(cancellationToken) is true)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken);
        }

        return Stopwatch.GetTimestamp();
    }

    private static async Task WaitForFirstAsync(long acceptedAt, CancellationToken cancellationToken, params WriterFleet[] fleets)
    {
        while (fleets.Any(fleet => fleet.FirstAfter(acceptedAt) is null) && Stopwatch.GetElapsedTime(acceptedAt) < Patience)
        {
            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    // What is written by hand today: again until it works, and nobody knows whether the first try was applied.
    private static async Task WriteUntilDoneAsync(NpgsqlDataSource source, string sql)
    {
        for (var startedAt = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync();
                await ExecuteAsync(connection, sql, CancellationToken.None);
                return;
            }
            catch (NpgsqlException) when (Stopwatch.GetElapsedTime(startedAt) < Patience)
            {
                await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
            }
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
