using System.Diagnostics;
using Npgsql;
using PgScale.Cluster;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Cluster;

/// <summary>Servers that hang instead of dying: known within a second, and nobody waits for them.</summary>
[Parallelizable(ParallelScope.None)]
internal sealed class HungServerTests
{
    private PostgresCluster _cluster = null!;

    [OneTimeSetUp]
    public async Task StartClusterAsync()
    {
        _cluster = await EveryVersion.StartAsync(version: null);
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
    public async Task Frozen_replica_is_known_within_a_second_and_delays_none_of_sixteen_clients()
    {
        await using var watched = await Watched.StartAsync(_cluster);
        await watched.UntilAsync(known => known.GetFreshReplicas(TierNames.Critical).Count() == 2);
        using var clients = new ReadingClients(watched, count: 16);
        await clients.UntilReadsAsync(more: 64);
        TimeSpan detection;
        await _cluster["replica1"].FreezeAsync();
        try
        {
            var frozenAt = Stopwatch.GetTimestamp();
            await watched.UntilAsync("replica1", node => node.Health == NodeHealth.Unreachable);
            detection = Stopwatch.GetElapsedTime(frozenAt);
            await clients.UntilReadsAsync(more: 64);
        }
        finally
        {
            await _cluster["replica1"].ThawAsync();
        }

        await watched.UntilAsync("replica1", node => node.Health == NodeHealth.Healthy);
        var longestLook = await clients.StopAsync();
        Assert.That(detection, Is.LessThan(TimeSpan.FromSeconds(1)));
        Assert.That(longestLook, Is.LessThan(TimeSpan.FromMilliseconds(250)), "looking at the snapshot waits for nobody");
    }

    [Test]
    public async Task Replica_that_hangs_for_long_and_then_dies_is_watched_again_when_it_is_back()
    {
        var replica = _cluster["replica1"];
        await using var watched = await Watched.StartAsync(_cluster, options =>
        {
            options.Probe.Timeout = TimeSpan.FromMilliseconds(100);
            options.Probe.AbandonAfter = TimeSpan.FromMilliseconds(200);
        });
        await watched.UntilAsync("replica1", node => node.Health == NodeHealth.Healthy);
        await replica.FreezeAsync();
        await watched.UntilAsync("replica1", node => node.Health == NodeHealth.Unreachable && node.Reason == "it does not answer");
        await replica.KillAsync();
        await watched.UntilAsync("replica1", node => node.Reason == "it refuses connections");
        await replica.StartAsync();
        await watched.UntilAsync("replica1", node => node.Health == NodeHealth.Healthy);
    }

    [Test]
    public async Task Black_holed_replica_is_known_within_a_second_and_comes_back_when_the_network_heals()
    {
        await using var proxy = await _cluster.AddFaultProxyAsync(_cluster["replica2"]);
        await using var watched = await Watched.StartAsync(options =>
        {
            options.Nodes.Add(Watched.NodeOf(_cluster.Primary));
            options.Nodes.Add(new() { Name = "far", ConnectionString = proxy.ConnectionString });
        });
        await watched.UntilAsync("far", node => node.Health == NodeHealth.Healthy);
        proxy.BlackHole();
        await watched.UntilAsync("far", node => node.Health == NodeHealth.Unreachable, within: TimeSpan.FromSeconds(1));
        Assert.That(watched.Current.Primary, Is.Not.Null);
        proxy.Heal();
        await watched.UntilAsync("far", node => node.Health == NodeHealth.Healthy && node.Lag == ReplicationLag.None);
    }

    [Test]
    public async Task Slow_answer_takes_the_replica_out_only_until_it_arrives()
    {
        await using var proxy = await _cluster.AddFaultProxyAsync(_cluster["replica2"]);
        await using var watched = await Watched.StartAsync(options =>
        {
            options.Nodes.Add(Watched.NodeOf(_cluster.Primary));
            options.Nodes.Add(new() { Name = "far", ConnectionString = proxy.ConnectionString });
        });
        await watched.UntilAsync("far", node => node.Health == NodeHealth.Healthy);
        var connections = proxy.AcceptedConnections;
        proxy.Latency = TimeSpan.FromMilliseconds(300); // each way: slower than the time limit, faster than giving up
        await watched.UntilAsync("far", node => node.Health == NodeHealth.Unreachable);
        await watched.UntilAsync("far", node => node.Health == NodeHealth.Healthy);
        Assert.That(proxy.AcceptedConnections, Is.EqualTo(connections), "the question stayed open: no new connection was made");
    }

    [Test]
    public async Task Any_number_of_reports_make_few_probes_on_one_connection()
    {
        await using var proxy = await _cluster.AddFaultProxyAsync(_cluster["replica2"]);
        await using var watched = await Watched.StartAsync(options =>
        {
            options.Nodes.Add(Watched.NodeOf(_cluster.Primary));
            options.Nodes.Add(new() { Name = "far", ConnectionString = proxy.ConnectionString });
            options.Probe.Interval = options.Probe.HeartbeatInterval = TimeSpan.FromMinutes(1);
        });
        await watched.UntilAsync(known => known.Find("far") is { Health: NodeHealth.Healthy, Lag.IsKnown: true });
        var version = watched.Current.Version;
        proxy.Latency = TimeSpan.FromMilliseconds(50);
        var broken = new NpgsqlException("broken", new IOException("broken"));
        Parallel.For(0, 10_000, _ => watched.Monitor.ReportFailure("far", broken));
        proxy.Latency = TimeSpan.Zero;
        await watched.UntilAsync(known => known.Version > version);
        await _cluster.Primary.ExecuteAsync("SELECT pg_switch_wal()");
        watched.Monitor.RequestProbe();
        var snapshot = await watched.UntilAsync(known => known.Find("far")!.Position >= known.Primary!.Position);
        Assert.That(snapshot.Version - version, Is.LessThan(15));
        Assert.That(proxy.AcceptedConnections, Is.EqualTo(1));
    }
}
