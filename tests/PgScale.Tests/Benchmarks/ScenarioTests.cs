using PgScale.Benchmarks.Harness;

namespace PgScale.Tests.Benchmarks;

public sealed class ScenarioTests
{
    private static readonly BenchmarkRun Run = new() { Room = "routing", Rounds = 3, RoundTime = TimeSpan.FromSeconds(2) };

    [Test]
    public async Task Sides_take_turns_and_the_order_rotates()
    {
        var turns = new List<string>();

        await Scenario("a", "b", "c", (side, round) =>
        {
            turns.Add($"{side}{round.Number}");
            return 1;
        }).RunAsync(Run);

        Assert.That(string.Join(' ', turns), Is.EqualTo("a0 b0 c0 b1 c1 a1 c2 a2 b2 a3 b3 c3"));
    }

    [Test]
    public async Task Warm_up_does_not_count()
    {
        var outcome = await Scenario("a", "b", "c", (_, round) => round.IsWarmUp ? 1_000 : 5).RunAsync(Run);

        var row = outcome.Row("reads", "1/s", value => value, Goal.None);

        Assert.That((row.Value, row.BaselineValue, row.Rounds, row.Spread), Is.EqualTo((5d, (double?)5d, 3, (double?)0d)));
    }

    [Test]
    public async Task Row_holds_medians_their_ratio_and_the_wider_spread()
    {
        var outcome = await Scenario("a", "b", "c", (side, round) => side is "a" ? 10 : round.Number switch { 1 => 19, 2 => 24, _ => 20 }).RunAsync(Run);

        var row = outcome.Row("reads", "1/s", value => value, Goal.RatioAtLeast(2));

        Assert.That((row.Room, row.Baseline, row.BaselineValue, row.Value), Is.EqualTo(("routing", "a", (double?)10d, 20d)));
        Assert.That((row.Ratio, row.Met, row.Spread), Is.EqualTo(((double?)2d, (bool?)true, (double?)0.25)));
    }

    [Test]
    public async Task Row_can_be_about_a_side_between()
    {
        var outcome = await Scenario("a", "b", "c", (side, _) => side[0]).RunAsync(Run);

        Assert.That(outcome.Row("reads", "1/s", value => value, Goal.None, ours: "b").Value, Is.EqualTo((double)'b'));
    }

    [Test]
    public async Task Row_can_be_beside_another_side_than_the_first()
    {
        var outcome = await Scenario("a", "b", "c", (side, _) => side[0]).RunAsync(Run);

        var row = outcome.Row("reads", "1/s", value => value, Goal.None, beside: "b");

        Assert.That((row.Baseline, row.BaselineValue, row.Value), Is.EqualTo(("b", (double?)'b', (double)'c')));
    }

    [Test]
    public async Task Row_about_an_unknown_side_names_the_known_ones()
    {
        var outcome = await Scenario("a", "b", "c", (_, _) => 1).RunAsync(Run);

        Assert.That(
            () => outcome.Row("reads", "1/s", value => value, Goal.None, ours: "d"),
            Throws.ArgumentException.With.Message.Contains("'d'").And.Message.Contains("'a', 'b', 'c'"));
    }

    [Test]
    public async Task Single_side_stands_alone()
    {
        var outcome = await new Scenario<double>("start").Side("PostgresCluster", _ => Task.FromResult(1.9)).RunAsync(Run);

        var row = outcome.Row("cluster start", "s", value => value, Goal.AtMost(3));

        Assert.That((row.Baseline, row.Ratio, row.Met), Is.EqualTo(((string?)null, (double?)null, (bool?)true)));
    }

    [Test]
    public async Task Warm_up_is_shorter()
    {
        var durations = new List<double>();

        await new Scenario<double>("test").Side("a", round =>
        {
            durations.Add(round.Duration.TotalSeconds);
            return Task.FromResult(1d);
        }).RunAsync(Run);

        Assert.That(durations, Is.EqualTo(new[] { 1d, 2, 2, 2 }));
    }

    [Test]
    public void Two_sides_of_one_name_are_refused() =>
        Assert.That(() => Scenario("a", "b", "a", (_, _) => 1), Throws.ArgumentException.With.Message.Contains("'a' already"));

    private static Scenario<double> Scenario(string first, string second, string third, Func<string, Round, double> measure)
    {
        var scenario = new Scenario<double>("test");
        foreach (var side in new[] { first, second, third })
        {
            scenario.Side(side, round => Task.FromResult(measure(side, round)));
        }

        return scenario;
    }
}
