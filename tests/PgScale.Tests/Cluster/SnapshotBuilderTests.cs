using PgScale.Cluster;
using static PgScale.Tests.Cluster.PaperCluster;

namespace PgScale.Tests.Cluster;

/// <summary>Who is primary and who is fenced.</summary>
public sealed class SnapshotBuilderTests
{
    [Test]
    public void One_primary_and_its_replicas()
    {
        var cluster = new PaperCluster("a", "b", "c").Says("a", Primary(100)).Says("b", Replica(100)).Says("c", Replica(90));

        Assert.That(cluster.Snapshot.Primary!.Name, Is.EqualTo("a"));
        Assert.That(cluster.Snapshot.PrimaryProblem, Is.Empty);
        Assert.That(cluster.Snapshot.GetPrimary(), Is.SameAs(cluster["a"]));
        Assert.That(cluster.Snapshot.Replicas.Select(node => node.Name), Is.EqualTo(new[] { "b", "c" }));
        Assert.That(cluster.Snapshot.Nodes.Select(node => node.Health), Is.All.EqualTo(NodeHealth.Healthy));
        Assert.That(cluster.Snapshot.SystemIdentifier, Is.EqualTo(PaperCluster.SystemIdentifier));
        Assert.That(cluster.Snapshot.Timeline, Is.EqualTo(1));
    }

    [Test]
    public void Version_grows_by_one()
    {
        var cluster = new PaperCluster("a").Says("a", Primary(100));

        var before = cluster.Snapshot.Version;

        Assert.That(cluster.Look().Snapshot.Version, Is.EqualTo(before + 1));
    }

    [Test]
    public void No_primary_before_every_server_was_asked()
    {
        var cluster = new PaperCluster("a", "b").Says("a", Primary(100));

        Assert.That(cluster.Snapshot.Primary, Is.Null);
        Assert.That(cluster.Snapshot.PrimaryProblem, Does.Contain("Not every server has been asked yet"));
        Assert.That(cluster["b"].Health, Is.EqualTo(NodeHealth.Unknown));
        Assert.That(cluster["b"].Reason, Is.EqualTo("it has not been asked yet"));
        Assert.That(cluster.Fails("b").Snapshot.Primary!.Name, Is.EqualTo("a"));
    }

    [Test]
    public void No_servers_at_all_settle_nothing()
    {
        var cluster = new PaperCluster().Look();
        cluster.Add("a");
        cluster.Add("b");

        Assert.That(cluster.Says("a", Primary(100)).Snapshot.Primary, Is.Null, "a node source may answer later than the configuration");
    }

    [Test]
    public void Server_that_joins_later_does_not_take_the_primary_away()
    {
        var cluster = new PaperCluster("a").Says("a", Primary(100));
        cluster.Add("b");

        Assert.That(cluster.Look().Snapshot.Primary!.Name, Is.EqualTo("a"));
    }

    [Test]
    public void Nobody_claims_and_each_server_is_quoted()
    {
        var cluster = new PaperCluster("a", "b").Says("a", Replica(100)).Fails("b", "it refuses connections").Says("b", Replica(90)).Fails("b", "it refuses connections");

        Assert.That(cluster.Snapshot.Primary, Is.Null);
        Assert.That(cluster.Snapshot.PrimaryProblem, Is.EqualTo(
            "There is no primary: no server accepts writes on timeline 1: a (a:5432): in recovery; b (b:5432): it refuses connections."));
        Assert.That(() => cluster.Snapshot.GetPrimary(), Throws.TypeOf<PrimaryUnavailableException>().With.Message.EqualTo(cluster.Snapshot.PrimaryProblem));
    }

    [Test]
    public void Nobody_answers_and_each_server_is_quoted()
    {
        var cluster = new PaperCluster("a", "b").Fails("a", "it refuses connections").Fails("b");

        Assert.That(cluster.Snapshot.PrimaryProblem, Does.Contain("a (a:5432): it refuses connections; b (b:5432): it has not answered"));
        Assert.That(cluster.Snapshot.Nodes.Select(node => node.Health), Is.All.EqualTo(NodeHealth.Unreachable));
        Assert.That(cluster.Snapshot.Nodes.Select(node => node.Role), Is.All.EqualTo(NodeRole.Unknown));
    }

    [Test]
    public void No_server_is_configured() =>
        Assert.That(new PaperCluster().Look().Snapshot.PrimaryProblem, Does.Contain("no server is configured"));

    [Test]
    public void Claimant_that_falls_silent_has_not_yielded_and_one_that_refuses_connections_has()
    {
        var cluster = new PaperCluster("a", "b").Says("a", Primary(100)).Says("b", Primary(120)).Fails("b");

        Assert.That(cluster.Snapshot.Primary, Is.Null);
        Assert.That(cluster["b"].Health, Is.EqualTo(NodeHealth.Unreachable));

        cluster.Fails("b", "it refuses connections");

        Assert.That(cluster.Snapshot.Primary!.Name, Is.EqualTo("a"));
    }

    [Test]
    public void Two_claimants_of_one_timeline_mean_no_primary_until_one_yields()
    {
        var cluster = new PaperCluster("a", "b", "c").Says("c", Replica(100)).Says("a", Primary(100)).Says("b", Primary(120));

        Assert.That(cluster.Snapshot.Primary, Is.Null);
        Assert.That(cluster.Snapshot.PrimaryProblem, Does.Contain("a (a:5432) and b (b:5432) both accept writes on timeline 1"));
        Assert.That(cluster["a"].Health, Is.EqualTo(NodeHealth.Fenced));
        Assert.That(cluster["b"].Health, Is.EqualTo(NodeHealth.Fenced));
        Assert.That(cluster["a"].Role, Is.EqualTo(NodeRole.Unknown));
        Assert.That(cluster["a"].Lag, Is.EqualTo(ReplicationLag.Unknown));

        cluster.Says("b", Replica(120) with { StartedAt = FirstStart.AddHours(1) });

        Assert.That(cluster.Snapshot.Primary!.Name, Is.EqualTo("a"));
        Assert.That(cluster["a"].Health, Is.EqualTo(NodeHealth.Healthy));
    }

    [Test]
    public void Old_primary_on_a_lower_timeline_is_fenced()
    {
        var cluster = new PaperCluster("a", "b").Says("a", Primary(500)).Says("b", Primary(100, timeline: 2));

        Assert.That(cluster.Snapshot.Primary!.Name, Is.EqualTo("b"));
        Assert.That(cluster["a"].Health, Is.EqualTo(NodeHealth.Fenced));
        Assert.That(cluster["a"].Role, Is.EqualTo(NodeRole.Unknown));
        Assert.That(cluster["a"].Reason, Is.EqualTo("it claims to be primary on timeline 1, but the cluster is on timeline 2: rejoin it as a replica"));
        Assert.That(cluster.Snapshot.Replicas, Is.Empty);
    }

    [Test]
    public void Higher_timeline_on_a_replica_unseats_the_primary()
    {
        var cluster = new PaperCluster("a", "b").Says("a", Primary(100)).Says("b", Replica(100, timeline: 2));

        Assert.That(cluster.Snapshot.Primary, Is.Null);
        Assert.That(cluster["a"].Health, Is.EqualTo(NodeHealth.Fenced));
        Assert.That(cluster.Snapshot.PrimaryProblem, Does.Contain("no server accepts writes on timeline 2").And.Contain("claims it on timeline 1"));
    }

    [Test]
    public void Silent_new_primary_is_not_replaced_by_the_old_one()
    {
        var cluster = new PaperCluster("a", "b").Says("a", Replica(100)).Says("b", Primary(100, timeline: 2)).Fails("b").Says("a", Primary(100));

        Assert.That(cluster.Snapshot.Primary, Is.Null);
        Assert.That(cluster["a"].Health, Is.EqualTo(NodeHealth.Fenced));
        Assert.That(cluster.Snapshot.PrimaryProblem, Does.Contain("b (b:5432) was it, but it has not answered"));
    }

    [Test]
    public void New_primary_that_left_the_configuration_is_not_replaced_by_the_old_one()
    {
        var cluster = new PaperCluster("a", "b").Fails("a").Says("b", Primary(100, timeline: 2));
        cluster.Remove("b");

        cluster.Says("a", Primary(100));

        Assert.That(cluster.Snapshot.Primary, Is.Null);
        Assert.That(cluster["a"].Health, Is.EqualTo(NodeHealth.Fenced));
        Assert.That(cluster.Snapshot.PrimaryProblem, Does.Contain("timeline 2").And.Contain("a (a:5432): claims it on timeline 1"));
    }

    [Test]
    public void Hung_primary_keeps_its_role_and_is_none()
    {
        var cluster = new PaperCluster("a", "b").Says("b", Replica(100)).Says("a", Primary(100)).Fails("a");

        Assert.That(cluster.Snapshot.Primary, Is.Null);
        Assert.That(cluster["a"].Role, Is.EqualTo(NodeRole.Primary));
        Assert.That(cluster["a"].Health, Is.EqualTo(NodeHealth.Unreachable));
        Assert.That(cluster.Snapshot.PrimaryProblem, Is.EqualTo("There is no primary: a (a:5432) was it, but it has not answered for 450 ms."));
        Assert.That(cluster.Says("a", Primary(100)).Snapshot.Primary!.Name, Is.EqualTo("a"));
    }

    [Test]
    public void Primary_with_read_only_sessions_says_so()
    {
        var cluster = new PaperCluster("a", "b").Says("a", Primary(100) with { ReadOnly = true }).Says("b", Replica(100));

        Assert.That(cluster["a"].IsReadOnly);
        Assert.That(cluster["b"].IsReadOnly, Is.False, "a replica is read-only by being one");
    }

    [Test]
    public void Replica_that_diverged_is_fenced()
    {
        var cluster = Promoted(switchPoint: 100).Says("a", Replica(130) with { StartedAt = FirstStart.AddHours(1) });

        Assert.That(cluster["a"].Health, Is.EqualTo(NodeHealth.Fenced));
        Assert.That(cluster["a"].Reason, Is.EqualTo("it replayed up to 0/82 on timeline 1, which ended at 0/64: its data diverged; rebuild it"));
        Assert.That(cluster["a"].Lag, Is.EqualTo(ReplicationLag.Unknown), "it is not ahead");
        Assert.That(cluster.Snapshot.Replicas.Select(node => node.Name), Does.Not.Contain("a"));
    }

    [TestCase(100)]
    [TestCase(60)]
    public void Replica_on_the_old_timeline_up_to_the_switch_point_is_not_fenced(int replayed)
    {
        var cluster = Promoted(switchPoint: 100).Says("a", Replica((ulong)replayed) with { StartedAt = FirstStart.AddHours(1) });

        Assert.That(cluster["a"].Health, Is.EqualTo(NodeHealth.Healthy));
        Assert.That(cluster["a"].Lag.Bytes, Is.EqualTo(150 - replayed));
    }

    [Test]
    public void Replica_on_an_old_timeline_of_unknown_end_is_fenced_with_a_hint()
    {
        var cluster = new PaperCluster("a", "b").Says("a", Replica(50)).Says("b", Primary(150, timeline: 2));

        Assert.That(cluster["a"].Health, Is.EqualTo(NodeHealth.Fenced));
        Assert.That(cluster["a"].Reason, Does.Contain("grant pg_monitor to the probing role"));
    }

    [Test]
    public void History_file_of_the_primary_tells_where_old_timelines_ended()
    {
        var history = TimelineHistory.Parse("1\t0/64\twhy\n");

        var cluster = new PaperCluster("a", "b").Says("a", Replica(50)).Says("b", Primary(150, timeline: 2) with { History = history });

        Assert.That(cluster["a"].Health, Is.EqualTo(NodeHealth.Healthy));
    }

    [Test]
    public void Promotion_seen_by_a_role_that_sees_the_receiver_gives_the_switch_point() =>
        Assert.That(Promoted(switchPoint: 100).Snapshot.History.EndOf(1), Is.EqualTo(new NpgsqlTypes.NpgsqlLogSequenceNumber(100)));

    [Test]
    public void Promotion_seen_by_a_role_that_does_not_see_the_receiver_gives_none()
    {
        var cluster = new PaperCluster("b").Says("b", Replica(100) with { SeesWalReceiver = false })
            .Says("b", Primary(150, timeline: 2) with { ReplayEnd = new(100) });

        Assert.That(cluster.Snapshot.History.EndOf(1), Is.Null);
    }

    [Test]
    public void Promotion_of_a_replica_whose_receiver_never_ran_gives_none()
    {
        var cluster = new PaperCluster("b").Says("b", Replica(100) with { WalReceiverRuns = false })
            .Says("b", Primary(150, timeline: 3) with { ReplayEnd = new(100) });

        Assert.That(cluster.Snapshot.History.EndOf(1), Is.Null, "its control file may still tell of timeline 1 while it replayed timeline 2");
    }

    [Test]
    public void Promotion_is_still_known_many_probes_later()
    {
        var cluster = Promoted(switchPoint: 100);
        for (var probe = 0; probe < 5; probe++)
        {
            cluster.Says("b", Primary(160, timeline: 2) with { ReplayEnd = new(100) });
        }

        Assert.That(cluster.Snapshot.History.EndOf(1), Is.EqualTo(new NpgsqlTypes.NpgsqlLogSequenceNumber(100)));
    }

    [Test]
    public void Restart_between_replica_and_primary_gives_no_switch_point()
    {
        var cluster = new PaperCluster("b").Says("b", Replica(100))
            .Says("b", Primary(150, timeline: 2) with { ReplayEnd = new(100), StartedAt = FirstStart.AddHours(1) });

        Assert.That(cluster.Snapshot.History.EndOf(1), Is.Null);
    }

    [Test]
    public void Running_replica_never_goes_back_to_an_older_timeline()
    {
        var cluster = Promoted(switchPoint: 100).Says("a", Replica(150, timeline: 2)).Says("a", Replica(160, timeline: 1));

        Assert.That(cluster["a"].Timeline, Is.EqualTo(2), "its WAL receiver is gone, and only the control file speaks");
        Assert.That(cluster["a"].Health, Is.EqualTo(NodeHealth.Healthy));
    }

    [Test]
    public void Restarted_server_may_be_on_an_older_timeline()
    {
        var cluster = Promoted(switchPoint: 100).Says("a", Replica(150, timeline: 2))
            .Says("a", Replica(90, timeline: 1) with { StartedAt = FirstStart.AddHours(1) });

        Assert.That(cluster["a"].Timeline, Is.EqualTo(1));
    }

    [Test]
    public void Old_primary_comes_back_as_a_replica()
    {
        var cluster = Promoted(switchPoint: 100).Says("a", Primary(120)).Says("a", Replica(150, timeline: 2) with { StartedAt = FirstStart.AddHours(1) });

        Assert.That(cluster["a"].Health, Is.EqualTo(NodeHealth.Healthy));
        Assert.That(cluster["a"].Role, Is.EqualTo(NodeRole.Replica));
        Assert.That(cluster["a"].Lag, Is.EqualTo(ReplicationLag.None));
    }

    [Test]
    public void State_repeats_what_the_server_said()
    {
        var cluster = new PaperCluster("a", "b").Says("a", Primary(100));
        cluster.Says("b", Replica(90) with { ReplayPaused = true, ReceivePosition = new(95) }, took: TimeSpan.FromMilliseconds(7));
        var state = cluster["b"];

        Assert.That((ulong)state.Position!.Value, Is.EqualTo(90));
        Assert.That((ulong)state.ReceivePosition!.Value, Is.EqualTo(95));
        Assert.That(state.IsReplayPaused);
        Assert.That(state.WalReceiver, Is.EqualTo(WalReceiverStatus.Running));
        Assert.That(state.StartedAt, Is.EqualTo(new DateTimeOffset(FirstStart)));
        Assert.That(state.ServerVersion, Is.EqualTo(150_018));
        Assert.That(state.ProbeDuration, Is.EqualTo(TimeSpan.FromMilliseconds(7)));
        Assert.That(state.ObservedAt, Is.EqualTo(cluster.Clock.GetTimestamp()));
        Assert.That(state.SystemIdentifier, Is.EqualTo(PaperCluster.SystemIdentifier));
        Assert.That(state.ToString(), Is.EqualTo("b: Replica, Healthy, lag 0 s, 10 bytes").Or.EqualTo("b: Replica, Healthy, lag unknown time, 10 bytes"));
    }

    /// <summary>b was promoted to timeline 2 while it was watched; a, the primary before, is silent.</summary>
    internal static PaperCluster Promoted(ulong switchPoint) => new PaperCluster("a", "b")
        .Says("a", Primary(switchPoint - 50)).Says("b", Replica(switchPoint - 50)).After(1)
        .Says("a", Primary(switchPoint)).Says("b", Replica(switchPoint)).After(1)
        .Fails("a").Says("b", Replica(switchPoint) with { WalReceiverRuns = false }).After(1)
        .Says("b", Primary(switchPoint + 50, timeline: 2) with { ReplayEnd = new(switchPoint) });
}
