using System.Diagnostics;
using PgScale.Backfill;
using PgScale.Benchmarks.Harness;
using PgScale.Testing;

namespace PgScale.Benchmarks.Backfill;

/// <summary>A replica stops to replay for a while: how much it has to make up for, and how soon the backfill stops and goes on.</summary>
internal static class StallScenario
{
    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresCluster cluster, BenchmarkRun run)
    {
        var posts = new Posts(cluster, run.Quick ? 600_000 : 2_000_000);
        var stall = TimeSpan.FromSeconds(run.Quick ? 4 : 8);
        await using var application = await BackfilledApplication.StartAsync(cluster, run.CancellationToken);
        var fills = await new Scenario<StallSample>($"a replica that stalls for {stall.TotalSeconds:0} s")
            .Side("a keyset loop of 5,000 by hand", round => RunAsync(cluster, posts, stall, round, _ => ByHand.KeysetAsync(cluster.Primary, 5_000, perSecond: null, round.CancellationToken)))
            .Side("ControlledBackfill", round => RunAsync(cluster, posts, stall, round, diary => FillAsync(application, diary, round.CancellationToken)))
            .RunAsync(run with { Rounds = run.Quick ? 1 : 3 });
        yield return fills.Row($"unreplayed log, a stall of {stall.TotalSeconds:0} s", "MB", fill => fill.Unreplayed / 1e6, Goal.RatioAtMost(0.167));
        yield return fills.Row("from the stall to the stop", "s", fill => fill.StoppedAfter, Goal.AtMost(1)) with { Baseline = null, BaselineValue = null };
        yield return fills.Row("stops before the stall", "", fill => fill.FalseStops, Goal.AtMost(0), worst: true) with { Baseline = null, BaselineValue = null };
    }

    private static async Task<StallSample> RunAsync(PostgresCluster cluster, Posts posts, TimeSpan stall, Round round, Func<PaceDiary, Task<long>> fill)
    {
        await posts.RecreateAsync(round.CancellationToken);
        await using var lag = new LagSampler(cluster.Primary, cluster.Replicas[0]);
        var diary = new PaceDiary();
        var filling = fill(diary);
        await Task.Delay(TimeSpan.FromSeconds(0.5), TimeProvider.System, round.CancellationToken);
        var falseStops = diary.Stops;
        var stalledAt = Stopwatch.GetTimestamp();
        await cluster.Replicas[0].PauseReplayAsync(round.CancellationToken);
        await Task.Delay(stall, TimeProvider.System, round.CancellationToken);
        await cluster.Replicas[0].ResumeReplayAsync(round.CancellationToken);
        await filling;
        var record = await lag.StopAsync();
        await posts.RequireFilledAsync(round.CancellationToken);
        return new(record.MaxBytes, diary.StoppedAfter(stalledAt), falseStops);
    }

    private static async Task<long> FillAsync(BackfilledApplication application, PaceDiary diary, CancellationToken cancellationToken)
    {
        var definition = Fills.Create(BackfillForm.Auto, new() { MaxReplicaLag = TimeSpan.FromMilliseconds(500) });
        return (await application.Backfill.RunAsync(definition, diary, options: null, cancellationToken)).RowsVisited;
    }
}
