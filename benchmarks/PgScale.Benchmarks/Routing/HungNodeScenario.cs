using System.Diagnostics;
using Npgsql;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Load;
using PgScale.Testing;

namespace PgScale.Benchmarks.Routing;

/// <summary>One replica of three hangs: its connections stay open and nobody answers.</summary>
/// <remarks>
/// Beside the clients of both sides there are others who read from the two healthy replicas only: what they lose in the same seconds is
/// the machine's doing and is taken off.
/// </remarks>
internal static class HungNodeScenario
{
    private const int Clients = 16;

    private static readonly TimeSpan ThinkTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(3);

    // 0.3 % of the time of 16 clients in 30 s: a fixed cost per hang, so a shorter hang is held to the same seconds.
    private static readonly Goal Seconds = Goal.AtMost(0.003 * Clients * 30);

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresCluster cluster, BenchmarkRun run)
    {
        await using var application = await RoutedApplication.StartAsync(cluster, run.CancellationToken);
        await using var multiHost = PlainNpgsql.MultiHost(cluster.Servers);
        var hang = TimeSpan.FromSeconds(run.Quick ? 10 : 30);
        var outcome = await new SharedFault<HungNodeSample>("a replica hangs", "NpgsqlMultiHostDataSource", "ReplicaRouter")
            .RunAsync(run with { Rounds = run.Quick ? 1 : 2 }, number => HangAsync(cluster, cluster.Replicas[number % 3], application, multiHost, hang, run.CancellationToken));
        yield return outcome.Row("client time lost to one hung replica of three", "s", sample => sample.LostSeconds, Seconds);
        yield return outcome.Row(
            $"the same, of {hang.TotalSeconds:0} s of 16 clients", "%", sample => sample.LostShare, run.Quick ? Goal.None : Goal.AtMost(0.3));
        yield return outcome.Row("reads failed while a replica hangs", "reads", sample => sample.Failures, Goal.AtMost(0));
    }

    private static async Task<(HungNodeSample Baseline, HungNodeSample Ours)> HangAsync(
        PostgresCluster cluster, PostgresServer victim, RoutedApplication application, NpgsqlMultiHostDataSource multiHost, TimeSpan time, CancellationToken cancellationToken)
    {
        var standbys = multiHost.WithTargetSession(TargetSessionAttributes.PreferStandby);
        await using var healthy = PlainNpgsql.MultiHost(cluster.Replicas.Where(replica => replica != victim));
        var others = new ThinkingClients(Clients, ThinkTime, (_, cancellation) => PlainNpgsql.ReadAsync(healthy, Reads.OneAsync, cancellation));
        var theirs = new ThinkingClients(Clients, ThinkTime, (_, cancellation) => PlainNpgsql.ReadAsync(standbys, Reads.OneAsync, cancellation));
        var ours = new ThinkingClients(Clients, ThinkTime, async (_, cancellation) => await application.Router.ReadAsync(Reads.OneAsync, cancellationToken: cancellation));
        await Task.Delay(Calm, TimeProvider.System, cancellationToken);
        var hungAt = Stopwatch.GetTimestamp();
        await victim.FreezeAsync();
        await Task.Delay(time, TimeProvider.System, cancellationToken);
        var wokeAt = Stopwatch.GetTimestamp();
        await victim.ThawAsync();
        var machine = HungNodeSample.LostSecondsOf(await others.StopAsync(), hungAt, wokeAt);
        var samples = (
            HungNodeSample.From(await theirs.StopAsync(), Clients, hungAt, wokeAt, machine),
            HungNodeSample.From(await ours.StopAsync(), Clients, hungAt, wokeAt, machine));
        await cluster.WaitForReplicasAsync(cancellationToken);
        await application.UntilAllServeAsync(cancellationToken);
        return samples;
    }
}
