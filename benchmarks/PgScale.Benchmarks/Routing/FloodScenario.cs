using Npgsql;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Load;
using PgScale.Cluster;
using PgScale.Testing;

namespace PgScale.Benchmarks.Routing;

/// <summary>Reports flood the replicas while users read: with one pool per replica for all, and with tiers that share its connections out.</summary>
internal static class FloodScenario
{
    private const int PoolPerReplica = 30;
    private const int Clients = 64;
    private const int Flooders = 200;
    private const double PerSecond = 200;

    private static readonly TimeSpan UserRead = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Report = TimeSpan.FromMilliseconds(100);

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresCluster cluster, BenchmarkRun run)
    {
        await using var application = await RoutedApplication.StartAsync(cluster, run.CancellationToken, options =>
        {
            var half = PoolPerReplica / 2 * cluster.Replicas.Count;
            options.Tiers[TierNames.Critical] = new() { MaxConcurrency = half };
            options.Tiers[TierNames.BestEffort] = new() { MaxConcurrency = half };
        });
        var pools = cluster.Replicas.Select(replica => NpgsqlDataSource.Create(
            replica.GetConnectionString(configure: connection => connection.MaxPoolSize = PoolPerReplica))).ToArray();
        var turn = 0;
        var outcome = await new Scenario<LoadResult>("a flood of reports")
            .Side("quiet", round => UseAsync(RoutedAsync, flooded: false, round))
            .Side("flood, shared pool", round => UseAsync(SharedAsync, flooded: true, round))
            .Side("flood, ReplicaRouter", round => UseAsync(RoutedAsync, flooded: true, round))
            .RunAsync(run with { Rounds = run.Quick ? 2 : 3, RoundTime = TimeSpan.FromSeconds(run.Quick ? 2 : 4) });
        yield return outcome.Row("Critical p99 under a BestEffort flood", "ms", load => load.Milliseconds(99), Goal.RatioAtMost(1.2));
        yield return outcome.Row("the same with one shared pool", "ms", load => load.Milliseconds(99), Goal.None, ours: "flood, shared pool");
        foreach (var pool in pools)
        {
            await pool.DisposeAsync();
        }

        async ValueTask SharedAsync(string tier, Func<NpgsqlConnection, CancellationToken, Task<bool>> read, CancellationToken cancellationToken) =>
            await PlainNpgsql.ReadAsync(pools[(uint)Interlocked.Increment(ref turn) % pools.Length], read, cancellationToken);

        async ValueTask RoutedAsync(string tier, Func<NpgsqlConnection, CancellationToken, Task<bool>> read, CancellationToken cancellationToken) =>
            await application.Router.ReadAsync(read, new() { Tier = tier }, cancellationToken);
    }

    private static async Task<LoadResult> UseAsync(
        Func<string, Func<NpgsqlConnection, CancellationToken, Task<bool>>, CancellationToken, ValueTask> read, bool flooded, Round round)
    {
        var flood = flooded
            ? ClosedLoop.RunAsync(Flooders, round, (_, cancellationToken) => read(TierNames.BestEffort, (connection, cancellation) => Reads.ForAsync(connection, Report, cancellation), cancellationToken))
            : Task.FromResult<LoadResult>(null!);
        var users = await PacedLoop.RunAsync(
            Clients, PerSecond, round, (_, cancellationToken) => read(TierNames.Critical, (connection, cancellation) => Reads.ForAsync(connection, UserRead, cancellation), cancellationToken));
        await flood;
        return users;
    }
}
