using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Micro;
using PgScale.Benchmarks.Routing;
using PgScale.Testing;

namespace PgScale.Benchmarks;

/// <summary>What the router costs on a good day, and what it saves on a bad one.</summary>
internal static class RoutingBenchmarks
{
    private const int Replicas = 3;

    // Ten milliseconds each, many of them: most are not interrupted by other programs, and the compiler has time to optimise.
    private static readonly TimeSpan ShortRound = TimeSpan.FromMilliseconds(100);

    private static readonly Func<PostgresCluster, BenchmarkRun, IAsyncEnumerable<BenchmarkRow>>[] OnOneCluster =
    [
        ThroughputScenario.RunAsync,
        SlowNodeScenario.RunAsync,
        FloodScenario.RunAsync,
        TokenReadScenario.RunAsync,
        KilledNodeScenario.RunAsync,
        HungNodeScenario.RunAsync,
        FallbackScenario.RunAsync,
    ];

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(BenchmarkRun run)
    {
        var choices = await MicroBenchmark.RunAsync<NodeChoiceBenchmark>(run with { Rounds = 51, RoundTime = ShortRound });
        yield return choices.Time("choosing one of 3 replicas", baseline: null, nameof(NodeChoiceBenchmark.Three), Goal.AtMost(100));
        yield return choices.Time("choosing one of 3 replicas for a token", baseline: null, nameof(NodeChoiceBenchmark.ThreeWithToken), Goal.AtMost(100));
        yield return choices.Time("choosing one of 8 replicas", baseline: null, nameof(NodeChoiceBenchmark.Eight), Goal.AtMost(100));
        yield return choices.Time("choosing one of 8 replicas for a token", baseline: null, nameof(NodeChoiceBenchmark.EightWithToken), Goal.AtMost(100));
        yield return choices.Allocated("choosing one of 8 replicas for a token", baseline: null, nameof(NodeChoiceBenchmark.EightWithToken), Goal.AtMost(0));

        await using (var cluster = await PostgresCluster.StartAsync(new() { Replicas = Replicas }, run.CancellationToken))
        {
            foreach (var scenario in OnOneCluster)
            {
                await foreach (var row in scenario(cluster, run))
                {
                    yield return row;
                }
            }
        }

        await foreach (var row in PromotionScenario.RunAsync(run))
        {
            yield return row;
        }
    }
}
