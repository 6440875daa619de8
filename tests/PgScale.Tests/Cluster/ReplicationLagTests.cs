using PgScale.Cluster;
using static PgScale.Tests.Cluster.PaperCluster;

namespace PgScale.Tests.Cluster;

public sealed class ReplicationLagTests
{
    [Test]
    public void Lag_of_a_busy_cluster_is_unknown_at_first_and_known_later()
    {
        var cluster = new PaperCluster("a", "b").Says("a", Primary(1_000)).Says("b", Replica(900));
        Assert.That(cluster["b"].Lag, Is.EqualTo(new ReplicationLag(100, null)));
        Assert.That(cluster["b"].Lag.IsKnown, Is.False);

        cluster.After(1).Says("a", Primary(2_000)).Says("b", Replica(1_500));

        Assert.That(cluster["b"].Lag, Is.EqualTo(new ReplicationLag(500, TimeSpan.Zero)));
        Assert.That(cluster.After(1).Says("a", Primary(3_000)).Says("b", Replica(1_600))["b"].Lag, Is.EqualTo(new ReplicationLag(1_400, TimeSpan.FromSeconds(1))));
    }

    [Test]
    public void Lag_is_unknown_without_any_primary_position()
    {
        var cluster = new PaperCluster("a", "b").Says("b", Replica(900) with { ReceivePosition = null, Position = null });

        Assert.That(cluster["b"].Lag, Is.EqualTo(ReplicationLag.Unknown));
    }

    [Test]
    public void Fresh_standby_that_replayed_nothing_has_unknown_lag()
    {
        var cluster = new PaperCluster("a", "b").Says("a", Primary(1_000)).Says("b", Replica(null));

        Assert.That(cluster["b"].Lag, Is.EqualTo(ReplicationLag.Unknown));
        Assert.That(cluster["b"].Health, Is.EqualTo(NodeHealth.Healthy));
        Assert.That(cluster.Snapshot.GetFreshReplicas(TierNames.BestEffort), Is.Empty);
    }

    [Test]
    public void Idle_for_hours_stays_without_lag()
    {
        var cluster = new PaperCluster("a", "b").Says("b", Replica(1_000)).Says("a", Primary(1_000));
        for (var minute = 0; minute < 600; minute++)
        {
            cluster.After(60).Says("a", Primary(1_000)).Says("b", Replica(1_000));
            Assert.That(cluster["b"].Lag, Is.EqualTo(ReplicationLag.None));
        }
    }

    [Test]
    public void First_write_after_hours_is_as_old_as_it_is()
    {
        var cluster = new PaperCluster("a", "b").Says("b", Replica(1_000)).Says("a", Primary(1_000)).After(7_200)
            .Says("a", Primary(1_100)).After(0.1).Says("b", Replica(1_000));

        Assert.That(cluster["b"].Lag, Is.EqualTo(new ReplicationLag(100, TimeSpan.FromSeconds(0.1))));
    }

    [Test]
    public void Paused_replay_on_an_idle_primary_grows_older()
    {
        var cluster = new PaperCluster("a", "b").Says("b", Replica(1_000)).Says("a", Primary(1_000)).After(1).Says("a", Primary(1_100));
        for (var second = 0; second < 30; second++)
        {
            cluster.After(1).Says("a", Primary(1_100)).Says("b", Replica(1_000) with { ReplayPaused = true });
        }

        Assert.That(cluster["b"].Lag, Is.EqualTo(new ReplicationLag(100, TimeSpan.FromSeconds(30))));
    }

    [Test]
    public void Cascaded_replica_is_measured_against_the_primary()
    {
        var cluster = new PaperCluster("a", "b", "c").Says("b", Replica(1_000)).Says("c", Replica(1_000)).Says("a", Primary(1_000))
            .After(1).Says("a", Primary(2_000)).Says("b", Replica(2_000)).After(1).Says("c", Replica(1_000) with { ReceivePosition = new(1_000) });

        Assert.That(cluster["b"].Lag, Is.EqualTo(ReplicationLag.None));
        Assert.That(cluster["c"].Lag, Is.EqualTo(new ReplicationLag(1_000, TimeSpan.FromSeconds(1))));
    }

    [Test]
    public void Slow_probe_of_the_primary_makes_lag_older_and_not_younger()
    {
        var cluster = new PaperCluster("a", "b").Says("b", Replica(1_000)).Says("a", Primary(1_000)).After(5);

        cluster.Says("a", Primary(2_000), took: TimeSpan.FromSeconds(2)).Says("b", Replica(1_000));

        Assert.That(cluster["b"].Lag.Time, Is.EqualTo(TimeSpan.FromSeconds(2)));
    }

    [Test]
    public void Without_a_primary_lag_counts_from_the_freshest_replica()
    {
        var cluster = new PaperCluster("a", "b", "c").Says("b", Replica(1_000)).Says("c", Replica(1_000)).Says("a", Primary(1_000)).After(1)
            .Says("a", Primary(1_100)).Says("b", Replica(1_000)).Says("c", Replica(1_000)).Fails("a").After(1)
            .Says("b", Replica(1_100) with { ReceivePosition = new(1_300) }).After(1).Says("c", Replica(1_000)).Says("b", Replica(1_300));

        Assert.That(cluster["c"].Lag, Is.EqualTo(new ReplicationLag(300, TimeSpan.FromSeconds(2))));
        Assert.That(cluster["b"].Lag, Is.EqualTo(ReplicationLag.None));
    }

    [Test]
    public void Log_that_only_replicas_have_is_not_younger_than_its_probe()
    {
        var cluster = new PaperCluster("a", "b", "c").Says("b", Replica(1_000)).Says("c", Replica(1_000)).Says("a", Primary(1_000)).Fails("a").After(5)
            .Says("b", Replica(1_300), took: TimeSpan.FromSeconds(2)).Says("c", Replica(1_000));

        Assert.That(cluster["c"].Lag, Is.EqualTo(new ReplicationLag(300, TimeSpan.FromSeconds(2))), "b had it at some time in these two seconds");
    }

    [Test]
    public void First_primary_does_not_count_what_was_measured_before_it()
    {
        var cluster = new PaperCluster("a", "b").Says("b", Replica(1_000)).After(60).Says("b", Replica(1_050)).Says("a", Primary(2_000));

        Assert.That(cluster["b"].Lag, Is.EqualTo(new ReplicationLag(950, null)).Or.EqualTo(ReplicationLag.Unknown));
    }

    [Test]
    public void Lag_after_a_promotion_counts_on_the_new_timeline()
    {
        var cluster = SnapshotBuilderTests.Promoted(switchPoint: 100);
        cluster.Add("c");

        cluster.Says("c", Replica(150, timeline: 2)).After(1).Says("b", Primary(180, timeline: 2) with { ReplayEnd = new(100) })
            .After(1).Says("c", Replica(150, timeline: 2));

        Assert.That(cluster["c"].Lag, Is.EqualTo(new ReplicationLag(30, TimeSpan.FromSeconds(1))));
    }

    [Test]
    public void Unreachable_replica_keeps_the_lag_that_was_last_seen()
    {
        var cluster = new PaperCluster("a", "b").Says("b", Replica(1_000)).Says("a", Primary(1_000)).After(60).Says("a", Primary(9_000)).Fails("b");

        Assert.That(cluster["b"].Lag, Is.EqualTo(ReplicationLag.None));
        Assert.That(cluster["b"].IsUsable, Is.False);
    }

    [Test]
    public void Dead_receiver_is_noticed_within_two_probes_although_nothing_else_shows_it()
    {
        var cluster = new PaperCluster("a", "b").Says("b", Replica(1_000)).Says("a", Primary(1_000));
        var dead = Replica(1_000) with { WalReceiverRuns = false };

        Assert.That(cluster.Says("b", dead)["b"].Health, Is.EqualTo(NodeHealth.Healthy));
        Assert.That(cluster.Says("b", dead)["b"].Health, Is.EqualTo(NodeHealth.NotReplicating));
        Assert.That(cluster["b"].WalReceiver, Is.EqualTo(WalReceiverStatus.Stopped));
        Assert.That(cluster["b"].IsUsable);
        Assert.That(cluster.Says("b", Replica(1_000))["b"].Health, Is.EqualTo(NodeHealth.Healthy));
    }

    [Test]
    public void Missing_receiver_is_no_fault_without_a_primary()
    {
        var cluster = new PaperCluster("a", "b").Fails("a");
        for (var probe = 0; probe < 5; probe++)
        {
            cluster.Says("b", Replica(1_000) with { WalReceiverRuns = false });
        }

        Assert.That(cluster["b"].Health, Is.EqualTo(NodeHealth.Healthy));
    }

    [Test]
    public void Missing_receiver_is_no_fault_of_an_archive_replica()
    {
        var cluster = new PaperCluster("a").Says("a", Primary(1_000));
        cluster.Add("b", node => node.ReplicatesFromArchive = true);
        for (var probe = 0; probe < 5; probe++)
        {
            cluster.Says("b", Replica(1_000) with { WalReceiverRuns = false });
        }

        Assert.That(cluster["b"].Health, Is.EqualTo(NodeHealth.Healthy));
    }

    [Test]
    public void Restart_starts_the_count_of_missing_receivers_anew()
    {
        var cluster = new PaperCluster("a", "b").Says("b", Replica(1_000)).Says("a", Primary(1_000));
        var dead = Replica(1_000) with { WalReceiverRuns = false };

        cluster.Says("b", dead).Says("b", dead with { StartedAt = FirstStart.AddHours(1) });

        Assert.That(cluster["b"].Health, Is.EqualTo(NodeHealth.Healthy), "its receiver may be about to start");
    }

    [TestCase(null, null, true, TestName = "No_limit_accepts_an_unknown_lag")]
    [TestCase(1.0, null, false, TestName = "Limit_on_time_refuses_an_unknown_lag")]
    [TestCase(null, 1L, false, TestName = "Limit_on_bytes_refuses_an_unknown_lag")]
    public void Unknown_lag(double? seconds, long? bytes, bool expected) =>
        Assert.That(ReplicationLag.Unknown.IsWithin(seconds is { } limit ? TimeSpan.FromSeconds(limit) : null, bytes), Is.EqualTo(expected));

    [TestCase(1.0, 10L, true)]
    [TestCase(0.9, 10L, false)]
    [TestCase(1.0, 9L, false)]
    public void Known_lag_is_within_its_limits_and_at_them(double seconds, long bytes, bool expected) =>
        Assert.That(new ReplicationLag(10, TimeSpan.FromSeconds(1)).IsWithin(TimeSpan.FromSeconds(seconds), bytes), Is.EqualTo(expected));

    [Test]
    public void Text_tells_unknown_from_zero()
    {
        Assert.That(ReplicationLag.Unknown.ToString(), Is.EqualTo("unknown time, unknown bytes"));
        Assert.That(ReplicationLag.None.ToString(), Is.EqualTo("0 s, 0 bytes"));
        Assert.That(new ReplicationLag(5, TimeSpan.FromMilliseconds(1_500)).ToString(), Is.EqualTo("1.5 s, 5 bytes"));
    }
}
