using PgScale.Cluster;

namespace PgScale.Tests.Routing;

internal sealed class LaneAdmissionTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    [Test]
    public void Node_over_a_limit_of_lag_is_not_used([Values] bool bytes)
    {
        var tier = PaperTier.Of(2);
        (tier["r1"].LagTime, tier["r1"].LagBytes) = bytes ? (TimeSpan.Zero, (64L << 20) + 1) : (Limit + TimeSpan.FromMilliseconds(1), 0);
        tier.Follow();
        Assert.That(tier.Admitted, Is.EqualTo(["r2"]));
    }

    [Test]
    public void Node_of_unknown_lag_is_not_used([Values] bool bytes)
    {
        var tier = PaperTier.Of(2);
        (tier["r1"].LagTime, tier["r1"].LagBytes) = bytes ? ((TimeSpan?)TimeSpan.Zero, (long?)null) : (null, 0);
        tier.Follow();
        Assert.That(tier.Admitted, Is.EqualTo(["r2"]));
    }

    [Test]
    public void Node_that_was_over_the_limit_returns_at_four_fifths_of_it()
    {
        var tier = PaperTier.Of(2);
        Lag(tier, "r1", Limit * 1.1);
        Lag(tier, "r1", Limit * 0.9);
        Assert.That(tier.Admitted, Is.EqualTo(["r2"]));
        Lag(tier, "r1", Limit * 0.8);
        Assert.That(tier.Admitted, Is.EqualTo(["r1", "r2"]));
        Lag(tier, "r1", Limit * 0.9);
        Assert.That(tier.Admitted, Is.EqualTo(["r1", "r2"]), "the full limit holds again after the return");
    }

    [Test]
    public void Freshest_nodes_are_kept_up_to_the_hard_limit()
    {
        var tier = PaperTier.Of(3, paper => paper.Settings.MinimumServing = 2);
        tier["r1"].LagTime = TimeSpan.FromMinutes(2);
        tier["r2"].LagTime = TimeSpan.FromMinutes(1);
        tier["r3"].LagTime = TimeSpan.FromMinutes(3);
        tier.Follow();
        Assert.That(tier.Admitted, Is.EquivalentTo(["r2", "r1"]));
        tier["r1"].LagTime = TimeSpan.FromMinutes(6);
        tier["r3"].LagTime = TimeSpan.FromMinutes(7);
        tier.Follow();
        Assert.That(tier.Admitted, Is.EqualTo(["r2"]));
    }

    [Test]
    public void Node_that_cannot_be_used_is_not_kept_either()
    {
        var tier = PaperTier.Of(1, paper => paper.Settings.MinimumServing = 1);
        tier["r1"].Health = NodeHealth.Unreachable;
        tier.Follow();
        Assert.That(tier.Admitted, Is.Empty);
    }

    [Test]
    public void Nodes_that_are_there_from_the_start_have_full_weight() => Assert.That(PaperTier.Of(2).WeightOf("r1"), Is.EqualTo(1));

    [Test]
    public void Node_that_is_found_well_a_moment_after_the_others_has_full_weight_too()
    {
        var tier = PaperTier.Of(2, paper => paper["r1"].Health = NodeHealth.Unreachable);
        tier["r1"].Health = NodeHealth.Healthy;
        tier.Follow();
        Assert.That(tier.WeightOf("r1"), Is.EqualTo(1));
    }

    [Test]
    public void Returning_node_grows_to_its_full_weight_from_the_first_moment_on()
    {
        var tier = PaperTier.Of(2);
        tier["r1"].Health = NodeHealth.Unreachable;
        tier.Follow();
        tier["r1"].Health = NodeHealth.Healthy;
        tier.Follow();
        Assert.That(tier.WeightOf("r1"), Is.EqualTo(0.1));
        tier.Time.Advance(TimeSpan.FromSeconds(5));
        tier.Follow();
        Assert.That(tier.WeightOf("r1"), Is.EqualTo(0.5));
        tier.Time.Advance(TimeSpan.FromSeconds(5));
        tier.Follow();
        Assert.That(tier.WeightOf("r1"), Is.EqualTo(1));
    }

    [Test]
    public void Node_whose_reads_fail_in_a_row_is_ejected_for_a_time_and_then_tried_again()
    {
        var tier = PaperTier.Of(2);
        tier.Fail("r1", 5);
        tier.Follow();
        Assert.That(tier.Admitted, Is.EqualTo(["r2"]));
        tier.Time.Advance(TimeSpan.FromSeconds(30));
        tier.Follow();
        Assert.That(tier.Admitted, Is.EqualTo(["r1", "r2"]));
    }

    [Test]
    public void Four_failures_in_a_row_are_not_enough()
    {
        var tier = PaperTier.Of(2);
        tier.Fail("r1", 4);
        tier.Follow();
        Assert.That(tier.Admitted, Is.EqualTo(["r1", "r2"]));
    }

    [Test]
    public void Each_further_ejection_takes_longer_up_to_the_longest()
    {
        var tier = PaperTier.Of(2);
        var lengths = new List<double>();
        for (var n = 1; n <= 12; n++)
        {
            tier.Fail("r1", 5);
            lengths.Add(EjectionOf(tier, "r1").TotalSeconds);
        }

        Assert.That(lengths, Is.EqualTo([30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300]));
    }

    [Test]
    public void Snapshots_that_come_during_an_ejection_do_not_make_it_longer()
    {
        var tier = PaperTier.Of(6);
        tier.Fail("r1", 5);
        Assert.That(EjectionOf(tier, "r1"), Is.EqualTo(TimeSpan.FromSeconds(30)));
    }

    [Test]
    public void Never_more_than_the_share_is_ejected_at_once()
    {
        var tier = PaperTier.Of(5);
        foreach (var name in (string[])["r1", "r2", "r3", "r4", "r5"])
        {
            tier.Fail(name, 5);
        }

        tier.Follow();
        tier.Follow();
        Assert.That(tier.Admitted.Count(), Is.EqualTo(3));
    }

    [Test]
    public void Only_node_is_never_ejected()
    {
        var tier = PaperTier.Of(1);
        tier.Fail("r1", 50);
        tier.Follow();
        Assert.That(tier.Admitted, Is.EqualTo(["r1"]));
    }

    [Test]
    public void Older_snapshot_that_comes_late_changes_nothing()
    {
        var tier = PaperTier.Of(2);
        var older = tier.Snapshot();
        tier["r1"].Health = NodeHealth.Unreachable;
        tier.Follow();
        tier.Follow(older);
        Assert.That(tier.Admitted, Is.EqualTo(["r2"]));
    }

    private static void Lag(PaperTier tier, string name, TimeSpan lag)
    {
        tier[name].LagTime = lag;
        tier.Follow();
    }

    // Snapshots come as often as in production, so that what they do to an ejection is seen.
    private static TimeSpan EjectionOf(PaperTier tier, string name)
    {
        var step = TimeSpan.FromSeconds(1);
        tier.Follow();
        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromMinutes(20); passed += step)
        {
            if (tier.Admitted.Contains(name, StringComparer.Ordinal))
            {
                return passed;
            }

            tier.Time.Advance(step);
            tier.Follow();
        }

        throw new AssertionException($"{name} was never admitted again.");
    }
}
