using Npgsql;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Load;
using PgScale.Cluster;
using PgScale.Testing;

namespace PgScale.Benchmarks.Routing;

/// <summary>One replica of three becomes ten times as slow at the beginning of each round, another one each time.</summary>
/// <remarks>
/// Reads vary in length as real ones do, by an exponential distribution. Were all of them equally long, a second request could not help
/// before twice that length has passed.
/// </remarks>
internal static class SlowNodeScenario
{
    private const int Clients = 64;
    private const double PerSecond = 500; // enough that a round's p99.9 is more than its worst read

    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan Slow = Usual * 10;

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresCluster cluster, BenchmarkRun run)
    {
        await using var hedging = await RoutedApplication.StartAsync(
            cluster, run.CancellationToken, options => options.Tiers[TierNames.Important] = new() { Hedging = true });
        await using var choosing = await RoutedApplication.StartAsync(cluster, run.CancellationToken);
        var outcome = await new Scenario<SlowNodeSample>("a replica 10 times as slow")
            .Side("all healthy", round => ReadAsync(hedging, slowPort: 0, round))
            .Side("one slow, hedging off", round => ReadAsync(choosing, SlowPort(cluster, round), round))
            .Side("one slow, hedging on", round => ReadAsync(hedging, SlowPort(cluster, round), round))
            .RunAsync(run with { Rounds = 3, RoundTime = TimeSpan.FromSeconds(run.Quick ? 6 : 12) });
        yield return outcome.Row("one replica of three 10x slower, p99.9", "ms", sample => sample.Load.Milliseconds(99.9), Goal.RatioAtMost(1.3));
        yield return outcome.Row("the same without hedging, p99.9", "ms", sample => sample.Load.Milliseconds(99.9), Goal.None, ours: "one slow, hedging off");
        yield return outcome.Row("the same with hedging, p99", "ms", sample => sample.Load.Milliseconds(99), Goal.None);
        yield return outcome.Row("the same, extra requests", "%", sample => sample.ExtraPercent, Goal.AtMost(2));
    }

    private static int SlowPort(PostgresCluster cluster, Round round) => cluster.Replicas[round.Number % 3].Port;

    private static async Task<SlowNodeSample> ReadAsync(RoutedApplication application, int slowPort, Round round)
    {
        var requests = 0L;
        var load = await PacedLoop.RunAsync(Clients, PerSecond, round, async (_, cancellationToken) =>
            await application.Router.ReadAsync(OneAsync, cancellationToken: cancellationToken));
        return new(load, 100.0 * (Volatile.Read(ref requests) - load.Operations) / load.Operations);

        Task<bool> OneAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref requests);
            return Reads.ForAsync(connection, (connection.Port == slowPort ? Slow : Usual) * -Math.Log(1 - Random.Shared.NextDouble()), cancellationToken);
        }
    }
}
