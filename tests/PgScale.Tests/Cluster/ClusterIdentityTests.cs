using PgScale.Cluster;
using static PgScale.Tests.Cluster.PaperCluster;

namespace PgScale.Tests.Cluster;

public sealed class ClusterIdentityTests
{
    private const ulong Foreign = 42;

    [Test]
    public void Minority_of_another_cluster_is_fenced()
    {
        var cluster = new PaperCluster("a", "b", "x").Says("a", Primary(100)).Says("b", Replica(100)).Says("x", Of(Foreign, Primary(900)));

        Assert.That(cluster.Snapshot.Primary!.Name, Is.EqualTo("a"));
        Assert.That(cluster["x"].Health, Is.EqualTo(NodeHealth.Fenced));
        Assert.That(cluster["x"].Role, Is.EqualTo(NodeRole.Unknown));
        Assert.That(cluster["x"].Reason, Is.EqualTo($"it belongs to another cluster: its system identifier is 42, not {PaperCluster.SystemIdentifier}"));
    }

    [Test]
    public void Cluster_with_a_primary_is_preferred_to_more_servers_without()
    {
        var cluster = new PaperCluster("a", "x", "y").Says("a", Primary(100)).Says("x", Of(Foreign, Replica(1))).Says("y", Of(Foreign, Replica(1)));

        Assert.That(cluster.Snapshot.Primary!.Name, Is.EqualTo("a"));
    }

    [Test]
    public void Tie_means_no_primary_and_a_sentence_that_names_all()
    {
        var cluster = new PaperCluster("a", "x").Says("a", Primary(100)).Says("x", Of(Foreign, Primary(100)));

        Assert.That(cluster.Snapshot.Primary, Is.Null);
        Assert.That(cluster.Snapshot.SystemIdentifier, Is.Zero);
        Assert.That(cluster.Snapshot.PrimaryProblem, Does.Contain($"{PaperCluster.SystemIdentifier}: a (a:5432)").And.Contain("42: x (x:5432)")
            .And.Contain("Set PgScale:SystemIdentifier"));
        Assert.That(cluster.Snapshot.Nodes.Select(node => node.Health), Is.All.EqualTo(NodeHealth.Fenced));
    }

    [Test]
    public void Configured_identifier_decides()
    {
        var cluster = new PaperCluster("a", "x").Configure(options => options.SystemIdentifier = Foreign)
            .Says("a", Primary(100)).Says("x", Of(Foreign, Primary(100)));

        Assert.That(cluster.Snapshot.Primary!.Name, Is.EqualTo("x"));
        Assert.That(cluster["a"].Health, Is.EqualTo(NodeHealth.Fenced));
    }

    [Test]
    public void Configured_identifier_that_nobody_has_is_said()
    {
        var cluster = new PaperCluster("a").Configure(options => options.SystemIdentifier = Foreign).Says("a", Primary(100));

        Assert.That(cluster.Snapshot.Primary, Is.Null);
        Assert.That(cluster.Snapshot.PrimaryProblem, Does.Contain("no server has the system identifier 42").And.Contain("a (a:5432)"));
    }

    [Test]
    public void First_primary_pins_the_identifier()
    {
        var cluster = new PaperCluster("a").Says("a", Primary(100)).Fails("a");
        cluster.Add("x");
        cluster.Add("y");

        cluster.Says("x", Of(Foreign, Primary(100))).Says("y", Of(Foreign, Replica(100)));

        Assert.That(cluster.Snapshot.Primary, Is.Null);
        Assert.That(cluster["x"].Health, Is.EqualTo(NodeHealth.Fenced));
    }

    [Test]
    public void Server_that_comes_back_as_another_cluster_is_fenced()
    {
        var cluster = new PaperCluster("a").Says("a", Primary(100)).Says("a", Of(Foreign, Primary(100)) with { StartedAt = FirstStart.AddHours(1) });

        Assert.That(cluster.Snapshot.Primary, Is.Null);
        Assert.That(cluster["a"].Health, Is.EqualTo(NodeHealth.Fenced));
        Assert.That(cluster.Snapshot.PrimaryProblem, Does.Contain("If the cluster was replaced on purpose"));
    }

    [Test]
    public void Silent_servers_do_not_make_the_identifier_a_problem()
    {
        var cluster = new PaperCluster("a").Says("a", Primary(100)).Fails("a");

        Assert.That(cluster.Snapshot.SystemIdentifier, Is.EqualTo(PaperCluster.SystemIdentifier));
        Assert.That(cluster.Snapshot.PrimaryProblem, Does.Contain("was it, but it has not answered"));
    }

    [TestCase(1u)]
    [TestCase(7u)]
    public void Replacing_the_cluster_on_purpose_forgets_the_old_one(uint timeline)
    {
        var cluster = new PaperCluster("a", "b").Says("b", Replica(1_000_000, timeline)).Says("a", Primary(1_000_000, timeline));
        cluster.Configure(options => options.SystemIdentifier = Foreign).After(1);

        cluster.Says("a", Of(Foreign, Primary(50)) with { StartedAt = FirstStart.AddHours(1) })
            .Says("b", Of(Foreign, Replica(50)) with { StartedAt = FirstStart.AddHours(1) });

        Assert.That(cluster.Snapshot.Primary?.Name, Is.EqualTo("a"), cluster.Snapshot.PrimaryProblem);
        Assert.That(cluster["b"].Lag, Is.EqualTo(ReplicationLag.None), "positions of the old cluster say nothing");
        Assert.That(cluster.Snapshot.Timeline, Is.EqualTo(1));
    }

    private static NodeFacts Of(ulong system, NodeFacts facts) => facts with { SystemIdentifier = system };
}
