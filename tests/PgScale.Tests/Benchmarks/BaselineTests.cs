using PgScale.Benchmarks.Baselines;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Reports;
using PgScale.Tests.Docs;

namespace PgScale.Tests.Benchmarks;

public sealed class BaselineTests
{
    private static readonly Provenance Machine = new([("Commit", "abc123"), ("Date", "2026-11-22")]);

    private static readonly BenchmarkRow Reads = new() { Room = "routing", Measure = "reads", Unit = "1/s", Baseline = "by hand", BaselineValue = 4, Value = 8, Goal = Goal.RatioAtLeast(1), Spread = 0.1 };

    [Test]
    public void Accepted_figures_are_read_again_as_they_were_written()
    {
        var room = Baseline.Parse(Baseline.None.With([Reads], Machine).Render()).Rooms["routing"];
        Assert.That(room.Rows, Is.EqualTo(new[] { BaselineRow.From(Reads) }));
        Assert.That(room.Facts["Commit"], Is.EqualTo("abc123"));
    }

    [Test]
    public void Room_that_was_not_measured_keeps_its_figures()
    {
        var both = Baseline.None.With([Reads, Reads with { Room = "caching" }], Machine).With([Reads with { Value = 9 }], Machine);
        Assert.That((both.Rooms["routing"].Rows[0].Value, both.Rooms["caching"].Rows[0].Value), Is.EqualTo((9d, 8d)));
    }

    [TestCase(8, true, 2)]
    [TestCase(1, true, 0.25)]
    [TestCase(1, false, 4)]
    public void Chart_shows_how_many_times_better(double value, bool moreIsBetter, double gain) =>
        Assert.That(RatioChart.Gain(BaselineRow.From(Reads with { Value = value, Goal = moreIsBetter ? Goal.RatioAtLeast(1) : Goal.RatioAtMost(1) })), Is.EqualTo(gain));

    [Test]
    public void Chart_leaves_out_what_has_no_ratio_or_no_better_direction() =>
        Assert.That(RatioChart.Render("routing", [BaselineRow.From(Reads with { Goal = Goal.None }), BaselineRow.From(Reads with { BaselineValue = null, Goal = Goal.AtMost(1) })]), Is.Null);

    [Test]
    public async Task Page_and_charts_are_those_of_the_committed_baseline()
    {
        // PGSCALE_ACCEPT_BENCHMARKS=1 writes them, for a baseline that was merged by hand.
        var baseline = Baseline.Parse(Pages.Read("benchmarks/baseline-quick.json"));
        if (Environment.GetEnvironmentVariable("PGSCALE_ACCEPT_BENCHMARKS") == "1")
        {
            await BenchmarkPage.WriteAsync(baseline, Path.Combine(Pages.Root, "docs"), CancellationToken.None);
        }

        var folder = Directory.CreateTempSubdirectory("pgscale-benchmarks-").FullName;
        try
        {
            await BenchmarkPage.WriteAsync(baseline, folder, CancellationToken.None);
            foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            {
                Assert.That(Pages.Read(Path.Combine("docs", Path.GetRelativePath(folder, file))), Is.EqualTo(await File.ReadAllTextAsync(file)));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
