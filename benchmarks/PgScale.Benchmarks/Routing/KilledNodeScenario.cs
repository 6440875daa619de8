using Npgsql;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Load;
using PgScale.Testing;

namespace PgScale.Benchmarks.Routing;

/// <summary>One replica of three is killed while reads are under way on it.</summary>
internal static class KilledNodeScenario
{
    private const int Clients = 16;

    private static readonly TimeSpan ReadTime = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Whole = TimeSpan.FromSeconds(3);

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresCluster cluster, BenchmarkRun run)
    {
        await using var application = await RoutedApplication.StartAsync(cluster, run.CancellationToken);
        await using var multiHost = PlainNpgsql.MultiHost(cluster.Servers);
        var outcome = await new SharedFault<LoadResult>("a replica is killed", "NpgsqlMultiHostDataSource", "ReplicaRouter")
            .RunAsync(run with { Rounds = run.Quick ? 2 : 5 }, number => KillAsync(cluster, cluster.Replicas[number % 3], application, multiHost, run.CancellationToken));
        yield return outcome.Row("reads failed when a replica is killed -9, worst round", "reads", load => load.Failures, Goal.AtMost(0), worst: true);
        yield return outcome.Row("reads served around the kill", "1/s", load => load.PerSecond, Goal.None);
        yield return outcome.Row("longest read around the kill", "ms", load => load.Latency.Max.TotalMilliseconds, Goal.None);
    }

    private static async Task<(LoadResult Baseline, LoadResult Ours)> KillAsync(
        PostgresCluster cluster, PostgresServer victim, RoutedApplication application, NpgsqlMultiHostDataSource multiHost, CancellationToken cancellationToken)
    {
        var standbys = multiHost.WithTargetSession(TargetSessionAttributes.PreferStandby);
        var round = new Round(1, Whole, cancellationToken);
        var theirs = ClosedLoop.RunAsync(Clients, round, (_, cancellation) => PlainNpgsql.ReadAsync(standbys, ReadAsync, cancellation), countFailures: true);
        var ours = ClosedLoop.RunAsync(
            Clients, round, async (_, cancellation) => await application.Router.ReadAsync(ReadAsync, cancellationToken: cancellation), countFailures: true);
        await Task.Delay(Calm, TimeProvider.System, cancellationToken);
        await victim.KillAsync(cancellationToken);
        var samples = (await theirs, await ours);
        await victim.StartAsync(cancellationToken);
        await cluster.WaitForReplicasAsync(cancellationToken);
        await application.UntilAllServeAsync(cancellationToken);
        return samples;
    }

    private static Task<bool> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Reads.ForAsync(connection, ReadTime, cancellationToken);
}
