using Npgsql;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Load;
using PgScale.Cluster;
using PgScale.Testing;

namespace PgScale.Benchmarks.Routing;

/// <summary>All replicas are down, and users ask for three times what the primary may take.</summary>
internal static class FallbackScenario
{
    private const int Clients = 64;
    private const int Budget = 200;

    // Three budgets in all; what is critical fits into one.
    private static readonly (string Tier, double PerSecond)[] Traffic =
        [(TierNames.Critical, 0.6 * Budget), (TierNames.Important, 1.0 * Budget), (TierNames.BestEffort, 1.4 * Budget)];

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresCluster cluster, BenchmarkRun run)
    {
        await using var application = await RoutedApplication.StartAsync(
            cluster, run.CancellationToken, options => options.FallbackPerSecond = Budget);
        await using var multiHost = PlainNpgsql.MultiHost(cluster.Servers);
        var standbys = multiHost.WithTargetSession(TargetSessionAttributes.PreferStandby);
        await Task.WhenAll(cluster.Replicas.Select(replica => replica.KillAsync(run.CancellationToken)));
        await application.UntilNoReplicaServesAsync(run.CancellationToken);
        var outcome = await new Scenario<FallbackSample>("all replicas are down")
            .Side("NpgsqlMultiHostDataSource", round => ReadAsync(
                round, async (_, read, cancellationToken) => await PlainNpgsql.ReadAsync(standbys, read, cancellationToken)))
            .Side("ReplicaRouter", round => ReadAsync(
                round, (tier, read, cancellationToken) => application.Router.ReadAsync(read, new() { Tier = tier }, cancellationToken)))
            .RunAsync(run with { Rounds = run.Quick ? 2 : 3, RoundTime = TimeSpan.FromSeconds(run.Quick ? 3 : 5) });
        await Task.WhenAll(cluster.Replicas.Select(replica => replica.StartAsync(run.CancellationToken)));
        await cluster.WaitForReplicasAsync(run.CancellationToken);
        yield return outcome.Row("primary reads at 3x load without replicas, worst", "budgets", sample => sample.OfBudget, Goal.AtMost(1.05), worst: true);
        yield return outcome.Row("Critical reads served meanwhile", "%", sample => sample.CriticalPercent, Goal.AtLeast(99));
    }

    private static async Task<FallbackSample> ReadAsync(
        Round round, Func<string, Func<NpgsqlConnection, CancellationToken, Task<bool>>, CancellationToken, Task> read)
    {
        var served = 0L;
        var loads = await Task.WhenAll(Traffic.Select(traffic => PacedLoop.RunAsync(
            Clients, traffic.PerSecond, round, async (_, cancellationToken) => await read(traffic.Tier, CountAsync, cancellationToken), countFailures: true)));
        var critical = loads[0];
        return new(
            Volatile.Read(ref served) / (Budget * round.Duration.TotalSeconds),
            100.0 * critical.Operations / (critical.Operations + critical.Failures + critical.Unserved));

        Task<bool> CountAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref served); // only the primary is left to serve it
            return Reads.OneAsync(connection, cancellationToken);
        }
    }
}
