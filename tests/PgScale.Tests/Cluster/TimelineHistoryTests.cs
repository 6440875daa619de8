using NpgsqlTypes;
using PgScale.Cluster;

namespace PgScale.Tests.Cluster;

public sealed class TimelineHistoryTests
{
    [Test]
    public void Real_file_gives_the_end_of_each_earlier_timeline()
    {
        var history = TimelineHistory.Parse(
            "1\t0/3000148\tno recovery target specified\n\n2\t16/B374D848\tbefore 2000-01-01 00:00:00+00\n\n3\tA/5\tat restore point \"x 9 0/1\"\n");

        Assert.That(Ends(history), Is.EqualTo(new[] { "0/3000148", "16/B374D848", "A/5", null }));
    }

    [TestCase("1 0/3000148 why\n# 2 0/4000000 comment\n", TestName = "Comments_are_passed_over")]
    [TestCase("\r\n1\t0/3000148\twhy\r\n\r\n", TestName = "Carriage_returns_are_passed_over")]
    [TestCase("   1 \t 0/3000148", TestName = "Spaces_tabs_and_a_missing_last_line_end_are_passed_over")]
    [TestCase("1\t0/3000148\n2\n2\tx\nx\t0/1\n-2\t0/1\n+2\t0/1\n99999999999\t0/1\n2\t0/\n\0\n2 0:1\n", TestName = "Garbage_is_passed_over")]
    public void File_with_one_good_line(string file) =>
        Assert.That(Ends(TimelineHistory.Parse(file)), Is.EqualTo(new[] { "0/3000148", null, null, null }));

    [Test]
    public void Empty_file_knows_nothing() => Assert.That(Ends(TimelineHistory.Parse("")), Is.All.Null);

    [Test]
    public void Merge_keeps_what_only_one_knows_and_believes_the_newer_one()
    {
        var merged = TimelineHistory.Parse("1 0/1\n2 0/2").Merge(TimelineHistory.Parse("2 0/22\n3 0/3"));

        Assert.That(Ends(merged), Is.EqualTo(new[] { "0/1", "0/22", "0/3", null }));
    }

    [Test]
    public void With_leaves_the_original_alone()
    {
        var before = TimelineHistory.Empty;

        Assert.That(before.With(1, new NpgsqlLogSequenceNumber(7)).EndOf(1), Is.EqualTo(new NpgsqlLogSequenceNumber(7)));
        Assert.That(before.EndOf(1), Is.Null);
    }

    private static string?[] Ends(TimelineHistory history) => [.. Enumerable.Range(1, 4).Select(timeline => history.EndOf((uint)timeline)?.ToString())];
}
