using PgScale.Cluster;
using static PgScale.Tests.Cluster.PaperCluster;

namespace PgScale.Tests.Cluster;

public sealed class TokenCoverageTests
{
    [TestCase(99, TokenCoverage.Covered)]
    [TestCase(100, TokenCoverage.Covered)]
    [TestCase(101, TokenCoverage.NotYet)]
    public void Replica_covers_what_it_has_replayed(int position, TokenCoverage expected)
    {
        var cluster = new PaperCluster("a", "b").Says("a", Primary(200)).Says("b", Replica(100));

        Assert.That(Coverage(cluster, "b", Token((ulong)position)), Is.EqualTo(expected));
    }

    [Test]
    public void Primary_covers_what_was_committed_after_its_last_probe() =>
        Assert.That(Coverage(new PaperCluster("a").Says("a", Primary(100)), "a", Token(5_000)), Is.EqualTo(TokenCoverage.Covered));

    [Test]
    public void None_is_covered_by_every_server()
    {
        var cluster = new PaperCluster("a", "b").Fails("a");

        Assert.That(Coverage(cluster, "a", ConsistencyToken.None), Is.EqualTo(TokenCoverage.Covered));
        Assert.That(Coverage(cluster, "b", ConsistencyToken.None), Is.EqualTo(TokenCoverage.Covered));
    }

    [Test]
    public void Token_of_another_cluster_is_foreign_everywhere()
    {
        var cluster = new PaperCluster("a", "b").Says("a", Primary(200)).Says("b", Replica(100));

        Assert.That(Coverage(cluster, "a", Token(1, system: 42)), Is.EqualTo(TokenCoverage.Foreign));
        Assert.That(Coverage(cluster, "b", Token(1, system: 42)), Is.EqualTo(TokenCoverage.Foreign));
    }

    [Test]
    public void Nothing_is_foreign_while_the_cluster_is_not_known() =>
        Assert.That(Coverage(new PaperCluster("a").Fails("a"), "a", Token(1)), Is.EqualTo(TokenCoverage.NotYet));

    [Test]
    public void Server_that_cannot_be_used_covers_nothing()
    {
        var cluster = new PaperCluster("a", "b").Says("a", Primary(200)).Says("b", Replica(100)).Fails("b");

        Assert.That(Coverage(cluster, "b", Token(1)), Is.EqualTo(TokenCoverage.NotYet));
    }

    [Test]
    public void Token_of_a_newer_timeline_than_is_known_waits_on_replica_and_primary()
    {
        var cluster = new PaperCluster("a", "b").Says("a", Primary(200)).Says("b", Replica(200));

        Assert.That(Coverage(cluster, "a", Token(1, timeline: 2)), Is.EqualTo(TokenCoverage.NotYet));
        Assert.That(Coverage(cluster, "b", Token(1, timeline: 2)), Is.EqualTo(TokenCoverage.NotYet));
    }

    [TestCase(100, TokenCoverage.Covered)]
    [TestCase(101, TokenCoverage.Lost)]
    public void Token_from_before_a_promotion_is_kept_up_to_the_switch_point_and_lost_past_it(int position, TokenCoverage expected)
    {
        var cluster = SnapshotBuilderTests.Promoted(switchPoint: 100);

        Assert.That(Coverage(cluster, "b", Token((ulong)position)), Is.EqualTo(expected));
    }

    [Test]
    public void Replica_behind_the_switch_point_covers_old_tokens_that_it_has_replayed()
    {
        var cluster = SnapshotBuilderTests.Promoted(switchPoint: 100).Says("a", Replica(80) with { StartedAt = FirstStart.AddHours(1) });

        Assert.That(Coverage(cluster, "a", Token(80)), Is.EqualTo(TokenCoverage.Covered));
        Assert.That(Coverage(cluster, "a", Token(90)), Is.EqualTo(TokenCoverage.NotYet));
        Assert.That(Coverage(cluster, "a", Token(110, timeline: 2)), Is.EqualTo(TokenCoverage.NotYet));
    }

    [Test]
    public void Diverged_replica_covers_nothing_although_its_position_is_later()
    {
        var cluster = SnapshotBuilderTests.Promoted(switchPoint: 100).Says("a", Replica(500) with { StartedAt = FirstStart.AddHours(1) });

        Assert.That(Coverage(cluster, "a", Token(80)), Is.EqualTo(TokenCoverage.NotYet));
        Assert.That(Coverage(cluster, "a", Token(120, timeline: 2)), Is.EqualTo(TokenCoverage.NotYet));
    }

    [Test]
    public void Without_a_known_switch_point_an_old_token_goes_to_the_primary()
    {
        var cluster = new PaperCluster("a", "b").Says("a", Replica(150, timeline: 2)).Says("b", Primary(150, timeline: 2));

        Assert.That(Coverage(cluster, "a", Token(20)), Is.EqualTo(TokenCoverage.PrimaryOnly));
        Assert.That(Coverage(cluster, "b", Token(20)), Is.EqualTo(TokenCoverage.Covered));
    }

    [Test]
    public void Unknown_position_covers_nothing()
    {
        var cluster = new PaperCluster("a", "b").Says("a", Primary(200)).Says("b", Replica(null));

        Assert.That(Coverage(cluster, "b", Token(1)), Is.EqualTo(TokenCoverage.NotYet));
    }

    [Test]
    public void Question_allocates_nothing()
    {
        var cluster = SnapshotBuilderTests.Promoted(switchPoint: 100).Says("a", Replica(150, timeline: 2) with { StartedAt = FirstStart.AddHours(1) });
        var (snapshot, replica, primary) = (cluster.Snapshot, cluster["a"], cluster["b"]);
        var tokens = new[] { Token(80), Token(110), Token(120, timeline: 2), Token(900, timeline: 3), Token(1, system: 42), ConsistencyToken.None };
        Ask();

        var before = GC.GetAllocatedBytesForCurrentThread();
        Ask();

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        int Ask()
        {
            var covered = 0;
            for (var round = 0; round < 100; round++)
            {
                foreach (var token in tokens)
                {
                    covered += (int)snapshot.CoverageOf(replica, token) + (int)snapshot.CoverageOf(primary, token);
                }
            }

            return covered;
        }
    }

    private static TokenCoverage Coverage(PaperCluster cluster, string node, ConsistencyToken token) =>
        cluster.Snapshot.CoverageOf(cluster[node], token);
}
