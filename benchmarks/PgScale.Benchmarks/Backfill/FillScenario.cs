using PgScale.Backfill;
using PgScale.Benchmarks.Harness;
using PgScale.Testing;

namespace PgScale.Benchmarks.Backfill;

/// <summary>A column of a whole table is filled at full speed beside users.</summary>
internal static class FillScenario
{
    private const string Plain = "one plain UPDATE";
    private const string Keyset = "a keyset loop of 5,000 by hand";
    private const string Article = "the article's loop";
    private const string Ranges = "ControlledBackfill, plain ranges";
    private const string Striped = "ControlledBackfill, striped";
    private const string Gentle = "ControlledBackfill, Nice 1";
    private const string Quiet = "no backfill";

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresCluster cluster, BenchmarkRun run)
    {
        var posts = new Posts(cluster, run.Quick ? 400_000 : 2_000_000);
        var turn = new FillTurn(cluster, posts);
        var part = TimeSpan.FromSeconds(run.Quick ? 2 : 10);
        await using var application = await BackfilledApplication.StartAsync(cluster, run.CancellationToken);
        var fills = await new Scenario<FillSample>($"a column of {posts.Rows:N0} rows")
            .Side(Plain, round => turn.RunAsync(round, _ => ByHand.PlainUpdateAsync(cluster.Primary, round.CancellationToken)))
            .Side(Keyset, round => turn.RunAsync(round, _ => ByHand.KeysetAsync(cluster.Primary, 5_000, perSecond: null, round.CancellationToken)))
            .Side(Article, round => turn.RunAsync(round, _ => ByHand.ArticleAsync(cluster.Primary, part, round.CancellationToken), isWhole: false))
            .Side(Quiet, round => turn.RunAsync(round, _ => WaitAsync(part, round.CancellationToken), isWhole: false))
            .Side(Gentle, round => Fill(round, BackfillForm.Auto, Fills.Unlimited() with { Nice = 1 }))
            .Side(Ranges, round => Fill(round, BackfillForm.Range))
            .Side(Striped, round => Fill(round, BackfillForm.Striped))
            .RunAsync(run with { Rounds = run.Quick ? 2 : 5 });
        var of = $", {posts.Rows:N0} rows";
        yield return fills.Row($"plain ranges{of}", "rows/s", Rate, Goal.RatioAtLeast(0.9), ours: Ranges);
        yield return fills.Row($"striped{of}", "rows/s", Rate, Goal.RatioAtLeast(1.2), ours: Striped);
        yield return fills.Row($"(the article's loop, its first {part.TotalSeconds:0} s)", "rows/s", Rate, Goal.None, ours: Article);
        yield return fills.Row($"plain ranges{of}", "rows/s", Rate, Goal.RatioAtLeast(1.3), ours: Ranges, beside: Keyset);
        yield return fills.Row($"striped{of}", "rows/s", Rate, Goal.RatioAtLeast(1.5), ours: Striped, beside: Keyset);
        yield return fills.Row("heap growth, striped", "MB", fill => fill.HeapGrowth, Goal.RatioAtMost(0.2), ours: Striped, beside: Keyset);
        yield return fills.Row("index growth, striped", "MB", fill => fill.IndexGrowth, Goal.RatioAtMost(0.3), ours: Striped, beside: Keyset);
        yield return fills.Row("dead rows, striped", "rows", fill => fill.After.DeadRows, Goal.RatioAtMost(0.2), ours: Striped, beside: Keyset);
        yield return fills.Row("WAL, striped", "MB", fill => fill.Wal, Goal.RatioAtMost(0.85), ours: Striped, beside: Keyset);
        yield return fills.Row("heap growth, plain ranges", "MB", fill => fill.HeapGrowth, Goal.RatioAtMost(1.05), ours: Ranges, beside: Keyset);
        yield return fills.Row("WAL, plain ranges", "MB", fill => fill.Wal, Goal.RatioAtMost(1.05), ours: Ranges, beside: Keyset);
        yield return fills.Row("batch time p99 / p50, plain ranges", "", fill => fill.Batches.P99ToP50, Goal.AtMost(1.6), ours: Ranges, beside: Ranges) with { Baseline = null, BaselineValue = null };
        yield return fills.Row("batch time p99 / p50, striped", "", fill => fill.Batches.P99ToP50, Goal.AtMost(1.6), ours: Striped, beside: Striped) with { Baseline = null, BaselineValue = null };
        yield return fills.Row("users' write p99, plain ranges", "ms", Write, Goal.RatioAtMost(3), ours: Ranges, beside: Quiet);
        yield return fills.Row("users' write p99, striped", "ms", Write, Goal.RatioAtMost(3), ours: Striped, beside: Quiet);
        yield return fills.Row("(users' write p99, one plain UPDATE)", "ms", Write, Goal.None, ours: Plain, beside: Quiet);
        var gentle = fills.Row("users' write p99, Nice 1 (at most 1.5 times and 2 ms more)", "ms", Write, Goal.None, ours: Gentle, beside: Quiet);
        yield return gentle with { Goal = Goal.AtMost(Math.Round((1.5 * gentle.BaselineValue!.Value) + 2, 1)) };
        yield return fills.Row("Nice 1 / full speed", "rows/s", Rate, Goal.RatioAtLeast(0.5), ours: Gentle, beside: Striped);

        Task<FillSample> Fill(Round round, BackfillForm form, BackfillPace? pace = null) =>
            turn.RunAsync(round, times => Fills.RunAsync(application, Fills.Create(form, pace), times, round.CancellationToken));
    }

    private static double Rate(FillSample fill) => fill.RowsPerSecond;

    private static double Write(FillSample fill) => fill.Writes.Milliseconds(99);

    private static async Task<long> WaitAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        await Task.Delay(time, TimeProvider.System, cancellationToken);
        return 0;
    }
}
