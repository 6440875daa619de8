using PgScale.Benchmarks.Harness;

namespace PgScale.Tests.Benchmarks;

public sealed class GoalTests
{
    private static readonly BenchmarkRow Row = new()
    {
        Room = "cluster",
        Measure = "probe",
        Unit = "ms",
        Baseline = "SELECT 1",
        BaselineValue = 10,
        Value = 12,
    };

    private static IEnumerable<TestCaseData<object, bool?, string>> Goals =>
    [
        new(Goal.None, null, ""),
        new(Goal.AtMost(12), true, "<= 12"),
        new(Goal.AtMost(11.9), false, "<= 11.9"),
        new(Goal.AtLeast(12), true, ">= 12"),
        new(Goal.AtLeast(12.1), false, ">= 12.1"),
        new(Goal.RatioAtMost(1.2), true, "ratio <= 1.2"),
        new(Goal.RatioAtMost(1.19), false, "ratio <= 1.19"),
        new(Goal.RatioAtLeast(1.2), true, "ratio >= 1.2"),
        new(Goal.RatioAtLeast(1.21), false, "ratio >= 1.21"),
    ];

    [TestCaseSource(nameof(Goals))]
    public void Goal_is_met_at_its_bound_and_missed_beyond(object goal, bool? met, string text)
    {
        Assert.That((Row with { Goal = (Goal)goal }).Met, Is.EqualTo(met));
        Assert.That(goal.ToString(), Is.EqualTo(text));
    }

    [TestCase(0, 1)]
    [TestCase(8, double.PositiveInfinity)]
    public void Ratio_to_a_baseline_of_zero_is_one_or_infinite(double value, double ratio)
    {
        Assert.That((Row with { BaselineValue = 0, Value = value }).Ratio, Is.EqualTo(ratio));
    }

    [Test]
    public void Ratio_goal_without_a_baseline_is_refused() =>
        Assert.That(
            () => (Row with { Baseline = null, BaselineValue = null, Goal = Goal.RatioAtMost(2) }).Checked(),
            Throws.InvalidOperationException.With.Message.Contains("no baseline"));

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    [TestCase(-1)]
    public void Figure_that_is_no_measure_is_refused(double value) =>
        Assert.That(() => (Row with { Value = value }).Checked(), Throws.InvalidOperationException.With.Message.Contains("'probe' of cluster"));
}
