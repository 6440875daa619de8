using PgScale.Backfill;
using PgScale.Benchmarks.Harness;
using PgScale.Testing;

namespace PgScale.Benchmarks.Backfill;

/// <summary>How fast a column is filled while a replica may be 100 ms behind, beside the best constant pace that a person finds by trying.</summary>
internal static class LagScenario
{
    private const double Limit = 100;
    private static readonly double[] Shares = [0.25, 0.4, 0.55, 0.7, 0.85];

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresCluster cluster, BenchmarkRun run)
    {
        var turn = new FillTurn(cluster, new Posts(cluster, run.Quick ? 300_000 : 2_000_000));
        await using var application = await BackfilledApplication.StartAsync(cluster, run.CancellationToken);
        var (tuned, full) = await TuneAsync(cluster, turn, run);
        var pace = new BackfillPace { MaxReplicaLag = TimeSpan.FromMilliseconds(Limit) };
        var fills = await new Scenario<FillSample>($"a replica at most {Limit:0} ms behind")
            .Side("the fastest constant pace found by trying", round => turn.RunAsync(round, _ => ByHand.KeysetAsync(cluster.Primary, 500, tuned, round.CancellationToken)))
            .Side("ControlledBackfill", round => turn.RunAsync(round, times => Fills.RunAsync(application, Fills.Create(BackfillForm.Auto, pace), times, round.CancellationToken)))
            .RunAsync(run with { Rounds = run.Quick ? 2 : 5 });
        yield return fills.Row("lag p99 with a limit of 100 ms", "ms", fill => fill.Lag.Percentile(99), Goal.AtMost(Limit));
        yield return fills.Row("pace with a limit of 100 ms", "rows/s", fill => fill.RowsPerSecond, Goal.RatioAtLeast(0.7));
        yield return fills.Row("(the keyset loop of 500 without a limit)", "rows/s", _ => full, Goal.None);
    }

    // What a person would do who has an afternoon: the fastest of several paces at which the replica did not fall behind.
    private static async Task<(double Tuned, double Full)> TuneAsync(PostgresCluster cluster, FillTurn turn, BenchmarkRun run)
    {
        var round = new Round(1, TimeSpan.Zero, run.CancellationToken);
        run.Progress("a replica at most 100 ms behind: looking for the fastest constant pace");
        var full = await turn.RunAsync(round, _ => ByHand.KeysetAsync(cluster.Primary, 500, perSecond: null, run.CancellationToken));
        var best = full.RowsPerSecond * Shares[0];
        foreach (var share in Shares)
        {
            var pace = full.RowsPerSecond * share;
            var fill = await turn.RunAsync(round, _ => ByHand.KeysetAsync(cluster.Primary, 500, pace, run.CancellationToken));
            best = fill.Lag.Percentile(99) <= Limit ? pace : best; // one bad look is no reason to give up
        }

        return (best, full.RowsPerSecond);
    }
}
