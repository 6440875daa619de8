using Npgsql;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Load;
using PgScale.Testing;

namespace PgScale.Benchmarks.Routing;

/// <summary>What the router costs: the cheapest read through it, and through one plain data source per replica used in turn.</summary>
internal static class ThroughputScenario
{
    private const int Clients = 16;

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresCluster cluster, BenchmarkRun run)
    {
        await using var application = await RoutedApplication.StartAsync(cluster, run.CancellationToken);
        var sources = cluster.Replicas.Select(replica => NpgsqlDataSource.Create(
            replica.GetConnectionString(configure: connection => connection.MaxPoolSize = 50))).ToArray();
        var turn = 0;
        var reads = await new Scenario<LoadResult>("SELECT 1")
            .Side("NpgsqlDataSource", round => ClosedLoop.RunAsync(Clients, round, (_, cancellationToken) =>
                PlainNpgsql.ReadAsync(sources[(uint)Interlocked.Increment(ref turn) % sources.Length], Reads.OneAsync, cancellationToken)))
            .Side("ReplicaRouter", round => ClosedLoop.RunAsync(Clients, round, async (_, cancellationToken) =>
                await application.Router.ReadAsync(Reads.OneAsync, cancellationToken: cancellationToken)))
            .RunAsync(run with { RoundTime = TimeSpan.FromSeconds(run.Quick ? 0.7 : 1.5) });
        yield return reads.Row("SELECT 1, 16 clients, 3 replicas", "1/s", load => load.PerSecond, Goal.RatioAtLeast(0.97));
        yield return reads.Row("SELECT 1, median", "ms", load => load.Milliseconds(50), Goal.None);
        foreach (var source in sources)
        {
            await source.DisposeAsync();
        }
    }
}
