using PgScale.Backfill;
using PgScale.Benchmarks.Harness;
using PgScale.Testing;

namespace PgScale.Benchmarks.Backfill;

/// <summary>One worker beside four in two applications, under the same limit of lag.</summary>
internal static class WorkersScenario
{
    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresCluster cluster, BenchmarkRun run)
    {
        var turn = new FillTurn(cluster, new Posts(cluster, run.Quick ? 300_000 : 2_000_000));
        await using var one = await BackfilledApplication.StartAsync(cluster, run.CancellationToken);
        await using var two = await BackfilledApplication.StartAsync(cluster, run.CancellationToken);
        var fills = await new Scenario<FillSample>("workers")
            .Side("one worker", round => turn.RunAsync(round, times => Fills.RunAsync(one, Fills.Create(BackfillForm.Auto, Limited()), times, round.CancellationToken)))
            .Side("four workers in two applications", round => turn.RunAsync(round, _ => ShareAsync(one, two, round.CancellationToken)))
            .RunAsync(run with { Rounds = run.Quick ? 2 : 5 });
        yield return fills.Row("four workers in two applications", "rows/s", fill => fill.RowsPerSecond, Goal.RatioAtLeast(1));
    }

    private static BackfillPace Limited() => new() { MaxReplicaLag = TimeSpan.FromMilliseconds(500) };

    private static async Task<long> ShareAsync(BackfilledApplication one, BackfilledApplication two, CancellationToken cancellationToken)
    {
        var plain = Fills.Create(BackfillForm.Auto, Limited());
        var shared = new BackfillDefinition(plain.Name, plain.Table) { Set = { ["priority"] = Posts.Expression }, Where = plain.Where, Sweep = plain.Sweep, Pace = plain.Pace, Ranges = 16 };
        var part = new BackfillRunOptions { Workers = 2, Joins = true };
        var ends = await Task.WhenAll(
            one.Backfill.RunAsync(shared, progress: null, part, cancellationToken), two.Backfill.RunAsync(shared, progress: null, part, cancellationToken));
        return ends[0].RowsVisited;
    }
}
