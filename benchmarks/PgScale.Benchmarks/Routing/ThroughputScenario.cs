using Npgsql;
using PgScale.Benchmarks.Harness;
using PgScale.Testing;

namespace PgScale.Benchmarks.Routing;

/// <summary>What the router costs: the cheapest read through it, and through one plain data source per replica used in turn.</summary>
internal static class ThroughputScenario
{
    private const int Clients = 16;
    private const int Rounds = 51; // many and short: other programs come and go, and the compiler is at work for the first ten seconds

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresCluster cluster, BenchmarkRun run)
    {
        await using var application = await RoutedApplication.StartAsync(cluster, run.CancellationToken);
        var sources = cluster.Replicas.Select(replica => NpgsqlDataSource.Create(
            replica.GetConnectionString(configure: connection => connection.MaxPoolSize = 50))).ToArray();
        var turn = 0;
        var reads = await new Scenario<ReadCost>("SELECT 1")
            .Side("NpgsqlDataSource", round => ReadCost.MeasureAsync(Clients, round, (_, cancellationToken) =>
                PlainNpgsql.ReadAsync(sources[(uint)Interlocked.Increment(ref turn) % sources.Length], Reads.OneAsync, cancellationToken)))
            .Side("ReplicaRouter", round => ReadCost.MeasureAsync(Clients, round, async (_, cancellationToken) =>
                await application.Router.ReadAsync(Reads.OneAsync, cancellationToken: cancellationToken)))
            .RunAsync(run with { Rounds = Rounds, RoundTime = TimeSpan.FromSeconds(0.4) });
        yield return reads.Row("SELECT 1, 16 clients, 3 replicas", "1/s", cost => cost.Load.PerSecond, Goal.RatioAtLeast(0.97));
        yield return reads.Row("SELECT 1, client processor time", "µs", cost => cost.Microseconds, Goal.None);
        yield return reads.Row("SELECT 1, client memory", "B", cost => cost.Bytes, Goal.None);
        foreach (var source in sources)
        {
            await source.DisposeAsync();
        }
    }
}
