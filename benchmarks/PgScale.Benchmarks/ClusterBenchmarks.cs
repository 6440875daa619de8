using System.Diagnostics;
using PgScale.Benchmarks.Cluster;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Micro;
using PgScale.Testing;

namespace PgScale.Benchmarks;

/// <summary>What knowing the cluster costs: the servers, the application and the tests.</summary>
internal static class ClusterBenchmarks
{
    // A hundred processes that each probe a server once a second may take 5 % of one of its cores.
    private static readonly Goal ProbeBudget = Goal.AtMost(500);

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(BenchmarkRun run)
    {
        var reads = await MicroBenchmark.RunAsync<SnapshotReadBenchmark>(run);
        yield return reads.Time("snapshot read", nameof(SnapshotReadBenchmark.UnderLock), nameof(SnapshotReadBenchmark.Snapshot), Goal.AtMost(5));
        yield return reads.Allocated("snapshot read", baseline: null, nameof(SnapshotReadBenchmark.Snapshot), Goal.AtMost(0));

        var probes = await ProbesAsync(run);
        yield return probes.Row("probe, round trip", "ms", sample => sample.Load.Milliseconds(50), Goal.AtMost(2), ours: "probe");
        if (ProbeUnderLoad.SeesServerCpu)
        {
            yield return probes.Row("probe, server CPU", "µs", sample => sample.ServerMicroseconds, ProbeBudget, ours: "probe");
            yield return probes.Row("heartbeat, server CPU", "µs", sample => sample.ServerMicroseconds, Goal.RatioAtMost(1), ours: "heartbeat");
        }

        var starts = await new Scenario<double>("cluster start")
            .Side("PostgresCluster", StartAsync)
            .RunAsync(run with { Rounds = run.Quick ? 3 : 5 });
        yield return starts.Row("start of a primary and two replicas", "s", seconds => seconds, Goal.AtMost(2.5));
    }

    private static async Task<ScenarioOutcome<ProbeSample>> ProbesAsync(BenchmarkRun run)
    {
        await using var cluster = await PostgresCluster.StartAsync(new() { Replicas = 1 }, run.CancellationToken);
        await using var probe = await ProbeUnderLoad.CreateAsync(cluster.Replicas[0], run.CancellationToken);
        return await new Scenario<ProbeSample>("probe of a replica")
            .Side("SELECT pg_is_in_recovery()", probe.AskByHandAsync)
            .Side("probe", probe.ProbeAsync)
            .Side("heartbeat", probe.HeartbeatAsync)
            .RunAsync(run);
    }

    private static async Task<double> StartAsync(Round round)
    {
        var started = Stopwatch.GetTimestamp();
        await using var cluster = await PostgresCluster.StartAsync(cancellationToken: round.CancellationToken);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
