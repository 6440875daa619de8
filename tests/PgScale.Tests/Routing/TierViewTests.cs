using PgScale.Cluster;
using PgScale.Routing;

namespace PgScale.Tests.Routing;

internal sealed class TierViewTests
{
    [Test]
    public void Equal_nodes_share_reads_equally()
    {
        var counts = PaperTier.Of(4).Choose(20_000);
        Assert.That(counts.Values, Is.All.InRange(4_500, 5_500));
    }

    [Test]
    public void Slowest_node_of_three_is_never_the_better_of_two()
    {
        var tier = PaperTier.Of(3);
        Read(tier, "r1", TimeSpan.FromMilliseconds(1));
        Read(tier, "r2", TimeSpan.FromMilliseconds(1));
        Read(tier, "r3", TimeSpan.FromMilliseconds(50));
        var counts = tier.Choose(3_000);
        Assert.That(counts["r3"], Is.Zero);
        Assert.That(counts["r1"], Is.GreaterThan(1_000));
    }

    [Test]
    public void Node_that_fails_fast_does_not_attract_reads()
    {
        var tier = PaperTier.Of(2);
        Read(tier, "r2", TimeSpan.FromMilliseconds(20));
        tier.Fail("r1", 1);
        Assert.That(tier.Choose(1_000)["r1"], Is.Zero);
    }

    [Test]
    public void Nodes_of_the_preferred_region_are_used_alone_while_there_are_any()
    {
        var tier = InRegions();
        var near = new ReadOptions { PreferredRegion = "EU" };
        Assert.That(tier.Choose(300, near)["r2"], Is.Zero);
        tier["r1"].Health = NodeHealth.Unreachable;
        tier["r3"].Health = NodeHealth.Unreachable;
        tier.Follow();
        Assert.That(tier.Choose(300, near)["r2"], Is.EqualTo(300));
    }

    [Test]
    public void Preferred_region_yields_to_the_token()
    {
        var tier = InRegions();
        (tier["r1"].Position, tier["r2"].Position, tier["r3"].Position) = (100, 200, 100);
        tier.Follow();
        Assert.That(tier.Choose(100, new() { PreferredRegion = "eu", Token = PaperTier.Token(150) })["r2"], Is.EqualTo(100));
    }

    [Test]
    public void Only_nodes_that_hold_the_token_are_chosen()
    {
        var tier = PaperTier.Of(3);
        (tier["r1"].Position, tier["r2"].Position, tier["r3"].Position) = (100, 150, 149);
        tier.Follow();
        Assert.That(tier.Choose(100, new() { Token = PaperTier.Token(150) })["r2"], Is.EqualTo(100));
    }

    [Test]
    public void Position_that_a_read_has_seen_counts_before_the_next_probe()
    {
        var tier = PaperTier.Of(2);
        tier.LaneOf("r2").Learn(new(5_000));
        Assert.That(tier.Choose(100, new() { Token = PaperTier.Token(5_000) })["r2"], Is.EqualTo(100));
    }

    [Test]
    public void Position_of_an_earlier_timeline_does_not_cover_a_token_of_a_later_one()
    {
        var tier = PaperTier.Of(2);
        tier["r1"].Timeline = 2;
        tier.LaneOf("r2").Learn(new(5_000));
        tier.Follow();
        Assert.That(tier.Choose(100, new() { Token = PaperTier.Token(5_000, timeline: 2) }), Does.Not.ContainValue(100));
        Assert.That(tier.Choose(100, new() { Token = PaperTier.Token(5_000, timeline: 2) }, covered: false)["r1"], Is.EqualTo(100));
    }

    [Test]
    public void Position_is_forgotten_when_the_node_goes()
    {
        var tier = PaperTier.Of(2);
        tier.LaneOf("r2").Learn(new(5_000));
        tier["r2"].Health = NodeHealth.Unreachable;
        tier.Follow();
        tier["r2"].Health = NodeHealth.Healthy;
        tier.Follow();
        Assert.That(tier.Choose(100, new() { Token = PaperTier.Token(5_000) })["r2"], Is.Zero);
    }

    [Test]
    public void Read_may_ask_for_less_lag_than_its_tier()
    {
        var tier = PaperTier.Of(2);
        tier["r1"].LagTime = TimeSpan.FromSeconds(1);
        tier.Follow();
        Assert.That(tier.Choose(100, new() { MaxStaleness = TimeSpan.FromMilliseconds(500) })["r2"], Is.EqualTo(100));
    }

    [Test]
    public void Nodes_that_were_tried_are_not_chosen_again()
    {
        var tier = PaperTier.Of(3);
        var request = new ReadRequest(tier.Route, new(), default, Scope: null);
        var run = new ReadRun(request);
        var chosen = Enumerable.Range(0, 4).Select(_ => run.Choose(tier.View, covered: true)?.State.Name).ToList();
        Assert.That(chosen.Take(3), Is.EquivalentTo(["r1", "r2", "r3"]));
        Assert.That(chosen[3], Is.Null);
    }

    [Test]
    public void Node_that_did_not_reach_a_token_in_time_is_not_waited_for_again_at_once()
    {
        var tier = PaperTier.Of(2);
        tier.LaneOf("r1").Miss();
        var ahead = new ReadOptions { Token = PaperTier.Token(2000) };
        Assert.That(tier.Choose(100, ahead, covered: false)["r1"], Is.Zero);
        Assert.That(tier.Choose(100)["r1"], Is.Positive, "it is as good as any for reads without a token");
        tier.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.That(tier.Choose(100, ahead, covered: false)["r1"], Is.Positive);
    }

    [Test]
    public void Node_that_seems_to_hang_is_chosen_only_when_there_is_no_other()
    {
        var tier = PaperTier.Of(3);
        tier.LaneOf("r1").Suspect(youngerThan: 0);
        tier.LaneOf("r2").Suspect(youngerThan: 0);
        Assert.That(tier.Choose(100)["r3"], Is.EqualTo(100));
        tier["r3"].Health = NodeHealth.Unreachable;
        tier.Follow();
        Assert.That(tier.Choose(100).Values.Sum(), Is.EqualTo(100));
    }

    [Test]
    public void Node_looks_slow_when_its_reads_wait_for_long_before_any_of_them_has_ended()
    {
        var tier = PaperTier.Of(3);
        foreach (var name in new[] { "r1", "r2", "r3" })
        {
            Read(tier, name, TimeSpan.FromMilliseconds(10));
        }

        for (var i = 0; i < 4; i++)
        {
            tier.LaneOf("r3").Enter();
        }

        Assert.That(tier.View.IsOutlier(tier.LaneOf("r3"), tier.Time.GetTimestamp()), Is.False);
        tier.Time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.That(tier.View.IsOutlier(tier.LaneOf("r3"), tier.Time.GetTimestamp()), Is.True);
        Assert.That(tier.View.IsOutlier(tier.LaneOf("r2"), tier.Time.GetTimestamp()), Is.False);
    }

    [Test]
    public void Under_load_heavier_nodes_take_their_share()
    {
        var tier = new PaperTier();
        tier.Add(new() { Name = "r1", Weight = 1 });
        tier.Add(new() { Name = "r2", Weight = 3 });
        tier.Follow();
        var request = new ReadRequest(tier.Route, new(), default, Scope: null);
        for (var i = 0; i < 400; i++)
        {
            tier.View.Candidates[tier.View.Choose(request, tried: default, covered: true)].Lane.Enter();
        }

        Assert.That(tier.LaneOf("r2").InFlight, Is.InRange(280, 320));
    }

    private static PaperTier InRegions()
    {
        var tier = new PaperTier();
        tier.Add(new() { Name = "r1", Region = "eu" });
        tier.Add(new() { Name = "r2", Region = "us" });
        tier.Add(new() { Name = "r3", Region = "eu" });
        tier.Follow();
        return tier;
    }

    private static void Read(PaperTier tier, string name, TimeSpan duration)
    {
        var startedAt = tier.LaneOf(name).Enter();
        tier.Time.Advance(duration);
        tier.LaneOf(name).Leave(startedAt);
    }
}
