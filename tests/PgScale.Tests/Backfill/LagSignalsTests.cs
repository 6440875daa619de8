using PgScale.Backfill;
using PgScale.Backfill.Pacing;
using PgScale.Tests.Cluster;

namespace PgScale.Tests.Backfill;

public sealed class LagSignalsTests
{
    private static readonly BackfillPace Pace = new();

    [Test]
    public void Replica_counts_against_half_of_the_strictest_limit_of_its_tiers()
    {
        var cluster = Started().Says("b", PaperCluster.Replica(100));
        Assert.That(LagSignals.Tightest(cluster.Snapshot, Pace), Is.EqualTo(TimeSpan.FromSeconds(0.5)));
        Assert.That(Read(cluster, Pace).Single().Pressure, Is.Zero);
    }

    [Test]
    public void Lag_grows_older_while_nobody_looks()
    {
        var cluster = Started().Says("b", PaperCluster.Replica(100)).Says("a", PaperCluster.Primary(200)).After(0.2).Says("b", PaperCluster.Replica(150));
        var before = Read(cluster, Pace).Single().Pressure;
        cluster.After(0.1);
        Assert.That(Read(cluster, Pace).Single().Pressure - before, Is.EqualTo(0.2).Within(0.001));
    }

    [Test]
    public void Replica_that_does_not_answer_counts_as_over_its_limit_until_it_is_removed()
    {
        var cluster = Started().Says("b", PaperCluster.Replica(100)).Fails("b");
        Assert.That(Read(cluster, Pace).Single().Pressure, Is.EqualTo(double.PositiveInfinity));
        cluster.Remove("b");
        Assert.That(Read(cluster.Look(), Pace), Is.Empty);
    }

    [Test]
    public void Replica_that_never_answered_counts_as_over_its_limit() =>
        Assert.That(Read(Started().Fails("b"), Pace).Single().Value, Is.Null);

    [Test]
    public void Ignored_replica_does_not_count() =>
        Assert.That(Read(Started().Fails("b"), new() { IgnoreReplicas = ["B"] }), Is.Empty);

    [Test]
    public void Own_limit_wins_over_those_of_the_tiers() =>
        Assert.That(LagSignals.Tightest(Started().Says("b", PaperCluster.Replica(100)).Snapshot, new() { MaxReplicaLag = TimeSpan.FromMinutes(2) }), Is.EqualTo(TimeSpan.FromMinutes(2)));

    private static PaperCluster Started() => new PaperCluster("a", "b").Says("a", PaperCluster.Primary(100));

    private static List<SignalReading> Read(PaperCluster cluster, BackfillPace pace) => [.. LagSignals.Read(cluster.Snapshot, pace, cluster.Clock)];
}
