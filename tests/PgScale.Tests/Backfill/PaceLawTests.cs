using PgScale.Backfill.Pacing;

namespace PgScale.Tests.Backfill;

public sealed class PaceLawTests
{
    [Test]
    public void Nothing_limits_while_all_signals_are_far_from_their_limits()
    {
        var decision = new PaceLaw().Look([Lag(0.1)]);
        Assert.That(decision, Is.EqualTo(new PaceDecision(1, IsHeld: false, "", "")));
    }

    [Test]
    public void Signal_over_its_limit_holds_until_it_is_well_below()
    {
        var law = new PaceLaw();
        Assert.That(law.Look([Lag(1.01)]), Has.Property("IsHeld").True.And.Property("Signal").EqualTo("lag"));
        Assert.That(law.Look([Lag(0.9)]).IsHeld, Is.True);
        Assert.That(law.Look([Lag(0.6)]).IsHeld, Is.False);
    }

    [Test]
    public void Unknown_signal_holds_and_a_signal_that_is_gone_does_not()
    {
        var law = new PaceLaw();
        Assert.That(law.Look([Lag(null)]).IsHeld, Is.True);
        Assert.That(law.Look([]).IsHeld, Is.False);
    }

    [Test]
    public void Long_stop_lowers_the_pace_once()
    {
        var law = new PaceLaw();
        law.Look([Lag(5)]);
        var once = law.Look([Lag(5)]).Duty;
        Assert.That(law.Look([Lag(5)]).Duty, Is.EqualTo(once));
        Assert.That(once, Is.LessThan(1).And.GreaterThan(0.5));
    }

    [Test]
    public void Pace_comes_back_step_by_step()
    {
        var law = new PaceLaw();
        law.Look([Lag(5)]);
        var lowered = law.Look([Lag(0)]).Duty;
        var later = Enumerable.Range(0, 100).Select(_ => law.Look([Lag(0)]).Duty).ToList();
        Assert.That(later, Is.Ordered);
        Assert.That((later[0] - lowered, later[^1]), Is.EqualTo((0.02, 1.0)).Within(1e-9));
    }

    [Test]
    public void Most_limiting_signal_is_named() =>
        Assert.That(new PaceLaw().Look([Lag(1.2), new("wal", 3, 1, "…")]).Signal, Is.EqualTo("wal"));

    [Test]
    public void Gate_stops_without_lowering_the_pace()
    {
        var law = new PaceLaw();
        Assert.That(law.Look([new("window", 2, 1, "…") { IsGate = true }]), Has.Property("IsHeld").True.And.Property("Duty").EqualTo(1));
        Assert.That(law.Look([new("window", 0, 1, "…") { IsGate = true }]), Has.Property("IsHeld").False.And.Property("Duty").EqualTo(1));
    }

    [Test]
    public void Half_duty_and_nice_one_pause_for_twice_the_time_of_a_batch() =>
        Assert.That(new PaceDecision(0.5, IsHeld: false, "", "").PauseAfter(TimeSpan.FromMilliseconds(10), nice: 1), Is.EqualTo(TimeSpan.FromMilliseconds(20)));

    // A replica that replays 60 % of what full speed writes; looks each 25 ms, as they come with a limit of 100 ms.
    [Test]
    public void Lag_stays_at_its_limit_at_most_of_the_pace_that_the_replica_can_bear()
    {
        var law = new PaceLaw();
        var (behind, written, duty, held) = (0.0, 0.0, 1.0, false);
        var lags = new List<double>();
        for (var look = 0; look < 4_000; look++)
        {
            var pace = held ? 0 : duty;
            written += pace;
            behind = Math.Max(0, behind + pace - 0.6);
            var lag = behind / 0.6 * 25; // milliseconds until it is replayed
            lags.Add(lag);
            var decision = law.Look([Lag(lag / 100)]);
            (duty, held) = (decision.Duty, decision.IsHeld);
        }

        var sorted = lags.Skip(400).Order().ToList();
        Assert.That(sorted[sorted.Count * 99 / 100], Is.LessThanOrEqualTo(115));
        Assert.That(written / 4_000, Is.GreaterThan(0.6 * 0.85));
    }

    private static SignalReading Lag(double? value) => new("lag", value, 1, "the replica is behind");
}
