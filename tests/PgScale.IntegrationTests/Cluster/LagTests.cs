using PgScale.Cluster;
using PgScale.Testing;
using PgScale.Tests;

namespace PgScale.IntegrationTests.Cluster;

/// <summary>Lag on real replicas: true when there is some, none when there is none, unknown when it is not known.</summary>
[TestFixtureSource(typeof(EveryVersion), nameof(EveryVersion.All))]
internal sealed class LagTests(int? version)
{
    private PostgresCluster _cluster = null!;

    [OneTimeSetUp]
    public async Task StartClusterAsync()
    {
        _cluster = await EveryVersion.StartAsync(version);
        await _cluster.Primary.ExecuteAsync("CREATE TABLE lag_test (id bigserial PRIMARY KEY, filler text)");
        await _cluster.WaitForReplicasAsync();
    }

    [OneTimeTearDown]
    public async Task StopClusterAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [Test]
    public async Task Idle_primary_for_a_minute_of_probes_excludes_no_replica()
    {
        var time = new ManualTimeProvider();
        await using var watched = await Watched.StartAsync(_cluster, time: time);
        for (var second = 0; second < 60; second++)
        {
            var before = time.GetTimestamp();
            time.Advance(TimeSpan.FromSeconds(1));
            var snapshot = await watched.UntilAsync(known => known.Nodes.All(node => node.ObservedAt > before)); // a probe may be quicker than the end of the second
            Assert.That(snapshot.GetFreshReplicas(TierNames.Critical).Count(), Is.EqualTo(2), $"after {second + 1} s: {string.Join("; ", snapshot.Nodes)}");
        }

        Assert.That(watched["replica1"].Lag, Is.EqualTo(ReplicationLag.None));
    }

    [Test]
    public async Task Paused_replay_shows_as_growing_lag_and_ends_with_the_pause()
    {
        await using var watched = await Watched.StartAsync(_cluster, Fast);
        await _cluster["replica1"].PauseReplayAsync();
        try
        {
            await WriteAsync();
            var first = await watched.UntilAsync("replica1", node => node.IsReplayPaused && node.Lag.Bytes > 0);
            var bytes = first.Find("replica1")!.Lag.Bytes;
            await WriteAsync();
            var later = await watched.UntilAsync("replica1", node => node.Lag.Bytes > bytes && node.Lag.Time > TimeSpan.FromSeconds(1));
            Assert.That(later.GetFreshReplicas(TierNames.Critical).Select(node => node.Name), Is.EqualTo(new[] { "replica2" }));
        }
        finally
        {
            await _cluster["replica1"].ResumeReplayAsync();
        }

        await watched.UntilAsync("replica1", node => node.Lag == ReplicationLag.None && !node.IsReplayPaused);
    }

    [Test]
    public async Task Lag_in_time_is_the_age_of_the_oldest_write_not_replayed()
    {
        await using var watched = await Watched.StartAsync(_cluster, Fast);
        await _cluster["replica2"].PauseReplayAsync();
        try
        {
            var wroteAt = TimeProvider.System.GetTimestamp();
            await WriteAsync();
            var snapshot = await watched.UntilAsync("replica2", node => node.Lag.Time > TimeSpan.FromSeconds(1));
            var node = snapshot.Find("replica2")!;
            var age = TimeProvider.System.GetElapsedTime(wroteAt, node.ObservedAt);
            Assert.That(node.Lag.Time, Is.LessThanOrEqualTo(age).And.GreaterThan(age - TimeSpan.FromMilliseconds(700)));
        }
        finally
        {
            await _cluster["replica2"].ResumeReplayAsync();
        }
    }

    [Test]
    public async Task Fresh_standby_is_unknown_until_it_is_measured_and_then_has_no_lag()
    {
        await using var before = await Watched.StartAsync(_cluster, Fast);
        var fresh = await _cluster.AddReplicaAsync("fresh");
        try
        {
            Assert.That(await fresh.ScalarAsync<DateTime?>("SELECT pg_last_xact_replay_timestamp()"), Is.Null, "the usual formula would see NULL here");
            await using var watched = Watched.Create(options =>
            {
                Fast(options);
                options.Nodes.Add(Watched.NodeOf(_cluster.Primary));
                options.Nodes.Add(Watched.NodeOf(fresh));
            });
            Assert.That(watched.Current.Nodes, Is.Empty);
            await watched.Monitor.StartAsync();
            await watched.UntilAsync("fresh", node => node.Health == NodeHealth.Healthy && node.Lag == ReplicationLag.None);
        }
        finally
        {
            await _cluster.RemoveAsync(fresh);
        }
    }

    [Test]
    public async Task Replica_that_was_behind_before_the_first_look_has_unknown_lag_in_time()
    {
        await _cluster["replica1"].PauseReplayAsync();
        try
        {
            await WriteAsync();
            await using var watched = await Watched.StartAsync(_cluster, Fast);
            var snapshot = await watched.UntilAsync("replica1", node => node.Lag.Bytes > 0);
            Assert.That(snapshot.Find("replica1")!.Lag.Time, Is.Null);
            Assert.That(snapshot.GetFreshReplicas(TierNames.BestEffort).Select(node => node.Name), Does.Not.Contain("replica1"));
        }
        finally
        {
            await _cluster["replica1"].ResumeReplayAsync();
        }
    }

    [Test]
    public async Task Dead_wal_receiver_is_noticed_within_two_probes_although_receive_and_replay_are_equal()
    {
        await using var watched = await Watched.StartAsync(_cluster, options => options.Probe.Interval = TimeSpan.FromMilliseconds(500));
        await _cluster["replica1"].CutWalReceiverAsync();
        try
        {
            var snapshot = await watched.UntilAsync(
                "replica1", node => node.Health == NodeHealth.NotReplicating, within: TimeSpan.FromMilliseconds((2 * 500) + 450));
            var replica = snapshot.Find("replica1")!;
            Assert.That(replica.ReceivePosition, Is.EqualTo(replica.Position));
            await WriteAsync();
            await watched.UntilAsync("replica1", node => node.Lag.Bytes > 0 && node.Lag.Time > TimeSpan.Zero);
        }
        finally
        {
            await _cluster["replica1"].RestoreWalReceiverAsync();
        }

        await watched.UntilAsync("replica1", node => node.Health == NodeHealth.Healthy && node.Lag == ReplicationLag.None, TimeSpan.FromSeconds(30));
    }

    [Test]
    public async Task Cascaded_replica_shows_the_lag_of_the_whole_chain()
    {
        var cascaded = await _cluster.AddReplicaAsync("cascaded", _cluster["replica2"]);
        try
        {
            await using var watched = await Watched.StartAsync(_cluster, Fast);
            await watched.UntilAsync("cascaded", node => node.Lag == ReplicationLag.None);
            await _cluster["replica2"].CutWalReceiverAsync();
            await WriteAsync();
            var snapshot = await watched.UntilAsync("cascaded", node => node.Lag.Bytes > 0 && node.Lag.Time > TimeSpan.Zero);
            Assert.That(snapshot.Find("cascaded")!.WalReceiver, Is.EqualTo(WalReceiverStatus.Running), "its own receiver has nothing to complain about");
        }
        finally
        {
            await _cluster["replica2"].RestoreWalReceiverAsync();
            await _cluster.RemoveAsync(cascaded);
        }
    }

    private static void Fast(PgScaleOptions options)
    {
        options.Probe.Interval = TimeSpan.FromMilliseconds(200);
        options.Probe.HeartbeatInterval = TimeSpan.FromMilliseconds(200);
        options.Probe.Timeout = TimeSpan.FromSeconds(2);
        options.Probe.UrgentInterval = TimeSpan.FromMilliseconds(50);
    }

    private Task WriteAsync() => _cluster.Primary.ExecuteAsync("INSERT INTO lag_test (filler) SELECT repeat('x', 500) FROM generate_series(1, 200)");
}
