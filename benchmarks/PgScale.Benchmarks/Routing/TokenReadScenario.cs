using Npgsql;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Load;
using PgScale.Testing;

namespace PgScale.Benchmarks.Routing;

/// <summary>Clients read what they have written, while all replicas are 30 ms late and then while one of three has stopped replaying.</summary>
internal static class TokenReadScenario
{
    private const int Clients = 64;
    private const int ReadsAtOnce = 40;

    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(30);

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresCluster cluster, BenchmarkRun run)
    {
        await cluster.Primary.ExecuteAsync(OwnValues.CreateSql(Clients), run.CancellationToken);
        await cluster.WaitForReplicasAsync(run.CancellationToken);
        await using var application = await RoutedApplication.StartAsync(cluster, run.CancellationToken);
        await using var primary = NpgsqlDataSource.Create(cluster.Primary.ConnectionString);
        await using var multiHost = PlainNpgsql.MultiHost(cluster.Servers);
        var sticky = new StickyReads(primary, multiHost.WithTargetSession(TargetSessionAttributes.PreferStandby));
        var ports = cluster.Replicas.Select(replica => replica.Port).ToHashSet();
        var scenario = new Scenario<TokenReadSample>("reads after writes")
            .Side("primary for 0.5 s", round => LoopAsync(round, ports, sticky.WriteAsync))
            .Side("ReplicaRouter", round => LoopAsync(round, ports, new TokenReads(application.Router).WriteAsync));
        var once = run with { Rounds = 1, RoundTime = TimeSpan.FromSeconds(run.Quick ? 2.5 : 8) };

        await Task.WhenAll(cluster.Replicas.Select(replica => replica.SetReplayDelayAsync(Delay, run.CancellationToken)));
        var late = await scenario.RunAsync(once);
        await Task.WhenAll(cluster.Replicas.Select(replica => replica.SetReplayDelayAsync(TimeSpan.Zero, run.CancellationToken)));
        yield return late.Row("reads after writes served by replicas, all 30 ms late", "%", sample => sample.ReplicaPercent, Goal.AtLeast(90));
        yield return late.Row("stale among them", "reads", sample => sample.Stale, Goal.AtMost(0));

        await cluster.Replicas[0].PauseReplayAsync(run.CancellationToken);
        var paused = await scenario.RunAsync(once);
        await cluster.Replicas[0].ResumeReplayAsync(run.CancellationToken);
        yield return paused.Row("stale reads after writes, one replica of three paused", "reads", sample => sample.Stale, Goal.AtMost(0));
        yield return paused.Row("reads after writes in that time", "reads", sample => sample.Reads, Goal.None);
    }

    // A write, some reads at once, and one more when a clock would call the write old.
    private static async Task<TokenReadSample> LoopAsync(Round round, HashSet<int> replicas, Func<int, int, CancellationToken, Task<ReadBack>> writeAsync)
    {
        var (reads, stale, byReplicas) = (0L, 0L, 0L);
        await ClosedLoop.RunAsync(Clients, round, async (client, cancellationToken) =>
        {
            var value = Random.Shared.Next();
            var readBack = await writeAsync(client, value, cancellationToken);
            for (var number = 0; number <= ReadsAtOnce; number++)
            {
                if (number == ReadsAtOnce)
                {
                    await Task.Delay(StickyReads.Window, TimeProvider.System, cancellationToken);
                }

                var (port, seen) = await readBack();
                Interlocked.Increment(ref reads);
                Interlocked.Add(ref stale, seen == value ? 0 : 1);
                Interlocked.Add(ref byReplicas, replicas.Contains(port) ? 1 : 0);
            }
        });
        return new(reads, stale, 100.0 * byReplicas / reads);
    }
}
