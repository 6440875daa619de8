using Microsoft.Extensions.Diagnostics.HealthChecks;
using PgScale.Cluster;
using static PgScale.Tests.Cluster.PaperCluster;

namespace PgScale.Tests.Cluster;

public sealed class ClusterHealthCheckTests
{
    [Test]
    public void Healthy_with_a_primary_and_a_fresh_replica()
    {
        var result = Check(new PaperCluster("a", "b").Says("b", Replica(100)).Says("a", Primary(100)));

        Assert.That(result.Status, Is.EqualTo(HealthStatus.Healthy));
        Assert.That(result.Description, Is.EqualTo("Primary a, 1 usable replicas."));
        Assert.That(result.Data["b"], Is.EqualTo("b: Replica, Healthy, lag 0 s, 0 bytes"));
    }

    [Test]
    public void Healthy_with_a_primary_alone_when_no_replica_is_configured() =>
        Assert.That(Check(new PaperCluster("a").Says("a", Primary(100))).Status, Is.EqualTo(HealthStatus.Healthy));

    [TestCase(HealthStatus.Unhealthy)]
    [TestCase(HealthStatus.Degraded)]
    public void Without_a_primary_the_status_is_what_the_registration_says(HealthStatus failure)
    {
        var result = ClusterHealthCheck.Check(new PaperCluster("a").Fails("a").Snapshot, failure);

        Assert.That(result.Status, Is.EqualTo(failure));
        Assert.That(result.Description, Does.Contain("There is no primary").And.Contain("a (a:5432)"));
        Assert.That(result.Data["a"], Does.Contain("it has not answered for 450 ms"));
    }

    [Test]
    public void Degraded_names_the_tiers_without_a_fresh_replica_and_why()
    {
        var cluster = new PaperCluster("a", "b").Says("b", Replica(100)).Says("a", Primary(100)).After(1).Says("a", Primary(200)).After(3).Says("b", Replica(100));

        var result = Check(cluster);

        Assert.That(result.Status, Is.EqualTo(HealthStatus.Degraded));
        Assert.That(result.Description, Is.EqualTo("No fresh replica for tier Critical: b: Replica, Healthy, lag 3 s, 100 bytes."));
    }

    [Test]
    public void Degraded_when_all_replicas_are_away()
    {
        var result = Check(new PaperCluster("a", "b").Says("a", Primary(100)).Fails("b", "it refuses connections"));

        Assert.That(result.Status, Is.EqualTo(HealthStatus.Degraded));
        Assert.That(result.Description, Does.Contain("BestEffort, Critical, Important").And.Contain("b: Unknown, Unreachable, it refuses connections"));
    }

    [Test]
    public void Tier_that_no_replica_is_meant_for_is_not_missed()
    {
        var cluster = new PaperCluster("a").Says("a", Primary(100));
        cluster.Add("b", node => node.Tiers.Add("besteffort"));

        var result = Check(cluster.Fails("b"));

        Assert.That(result.Description, Does.StartWith("No fresh replica for tier BestEffort:"));
    }

    private static HealthCheckResult Check(PaperCluster cluster) => ClusterHealthCheck.Check(cluster.Snapshot, HealthStatus.Unhealthy);
}
