using PgScale.Benchmarks.Baselines;
using PgScale.Benchmarks.Harness;

namespace PgScale.Tests.Benchmarks;

public sealed class BaselineComparisonTests
{
    private static readonly BenchmarkRow Throughput = new()
    {
        Room = "routing",
        Measure = "reads",
        Unit = "1/s",
        Baseline = "by hand",
        BaselineValue = 1000,
        Value = 1000,
        Goal = Goal.RatioAtLeast(0.97),
        Rounds = 9,
        Spread = 0.2,
    };

    private static readonly BenchmarkRow Time = Throughput with { Measure = "p99", Unit = "ms", Goal = Goal.RatioAtMost(1.2) };

    [Test]
    public void Same_figures_are_no_difference() => Assert.That(Differences(Throughput, Throughput), Is.Empty);

    [TestCase(840, false)]
    [TestCase(820, true)]
    public void Throughput_regresses_when_it_falls_by_more_than_the_spread(double value, bool fails) =>
        Assert.That(Fails(Throughput, Throughput with { Value = value }), Is.EqualTo(fails));

    [TestCase(1190, false)]
    [TestCase(1210, true)]
    public void Time_regresses_when_it_grows_by_more_than_the_spread(double value, bool fails) =>
        Assert.That(Fails(Time, Time with { Value = value }), Is.EqualTo(fails));

    [Test]
    public void Better_is_no_difference() => Assert.That(Differences(Time, Time with { Value = 1 }), Is.Empty);

    [Test]
    public void Slower_machine_is_no_regression() =>
        Assert.That(Differences(Throughput, Throughput with { Value = 100, BaselineValue = 100 }), Is.Empty);

    [Test]
    public void Wider_spread_of_the_two_runs_counts()
    {
        Assert.That(Fails(Time, Time with { Value = 1400, Spread = 0.5 }), Is.False);
        Assert.That(Fails(Time with { Spread = 0.5 }, Time with { Value = 1400 }), Is.False);
    }

    [TestCase(1090, false)]
    [TestCase(1110, true)]
    public void Rounds_that_were_alike_leave_a_tenth(double value, bool fails) =>
        Assert.That(Fails(Time with { Spread = 0 }, Time with { Value = value, Spread = 0 }), Is.EqualTo(fails));

    [TestCase(1900, false)]
    [TestCase(2100, true)]
    public void One_round_leaves_a_factor_of_two(double value, bool fails) =>
        Assert.That(Fails(Time with { Spread = null }, Time with { Value = value, Spread = null }), Is.EqualTo(fails));

    [Test]
    public void Row_without_a_goal_only_informs() =>
        Assert.That(Differences(Time with { Goal = Goal.None }, Time with { Goal = Goal.None, Value = 9000 }), Is.Empty);

    [Test]
    public void Something_where_there_was_nothing_fails_whatever_the_spread()
    {
        var none = Time with { Measure = "stale reads", Goal = Goal.AtMost(0), Value = 0, Spread = 9 };
        Assert.That(Fails(none, none with { Value = 1 }), Is.True);
    }

    [Test]
    public void Bound_on_a_value_that_was_met_and_is_missed_beyond_the_spread_fails()
    {
        var alone = Time with { Baseline = null, BaselineValue = null, Value = 90, Goal = Goal.AtMost(100) };
        Assert.That(Fails(alone, alone with { Value = 115 }), Is.False);
        Assert.That(Fails(alone, alone with { Value = 125 }), Is.True);
    }

    [Test]
    public void Goal_that_was_missed_already_does_not_fail_again()
    {
        var missed = Time with { Baseline = null, BaselineValue = null, Value = 300, Goal = Goal.AtMost(100) };
        Assert.That(Differences(missed, missed with { Value = 400 }), Is.Empty);
    }

    [Test]
    public void Row_that_is_gone_fails_and_says_what_to_do()
    {
        var difference = BaselineComparison.Compare("routing", Accepted(Time), [Throughput])[0];
        Assert.That((difference.Fails, difference.MayBeNoise), Is.EqualTo((true, false)));
        Assert.That(difference.ToString(), Does.StartWith("routing: p99: ").And.Contain("--accept"));
    }

    [Test]
    public void Row_that_is_new_is_told_and_does_not_fail()
    {
        var difference = BaselineComparison.Compare("routing", Accepted(Time), [Time, Throughput]).Single();
        Assert.That((difference.Measure, difference.Fails), Is.EqualTo(("reads", false)));
    }

    [Test]
    public void Changed_goal_fails_until_it_is_accepted()
    {
        var difference = Differences(Time, Time with { Goal = Goal.RatioAtMost(2) }).Single();
        Assert.That((difference.Fails, difference.MayBeNoise), Is.EqualTo((true, false)));
        Assert.That(difference.Text, Does.Contain("'ratio <= 1.2'").And.Contain("'ratio <= 2'"));
    }

    private static bool Fails(BenchmarkRow before, BenchmarkRow now) => Differences(before, now).Any(difference => difference.Fails);

    private static IReadOnlyList<Difference> Differences(BenchmarkRow before, BenchmarkRow now) => BaselineComparison.Compare("routing", Accepted(before), [now]);

    private static RoomBaseline Accepted(BenchmarkRow row) => new(new Dictionary<string, string>(StringComparer.Ordinal), [BaselineRow.From(row)]);
}
