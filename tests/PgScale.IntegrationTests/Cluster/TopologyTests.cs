using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PgScale.Cluster;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Cluster;

/// <summary>Servers that come, go, are foreign, or are named wrongly.</summary>
internal sealed class TopologyTests
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
    public async Task Reloaded_configuration_adds_and_removes_servers_and_a_bad_one_changes_nothing()
    {
        var file = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.json");
        await WriteAsync(file, "primary", "replica1");
        var log = new CollectedLog();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        var configuration = builder.Configuration.AddJsonFile(file, optional: false, reloadOnChange: false);
        builder.Logging.AddProvider(log);
        builder.Services.AddPgScale(builder.Configuration.GetSection("PgScale"));
        builder.Services.AddHealthChecks().AddPgScaleCluster();
        using var host = builder.Build();
        await host.StartAsync();
        var monitor = host.Services.GetRequiredService<ClusterMonitor>();
        var first = await WaitAsync(monitor, known => known.GetFreshReplicas(TierNames.Critical).Count() == 1);
        var primarySince = first.Primary!.Node;

        await WriteAsync(file, "primary", "replica2");
        ((IConfigurationRoot)builder.Configuration).Reload();
        var second = await WaitAsync(monitor, known => known.Find("replica2") is { Health: NodeHealth.Healthy });
        Assert.That(second.Find("replica1"), Is.Null);
        Assert.That(second.Primary!.Node, Is.SameAs(primarySince), "a server that did not change keeps its connections");

        await WriteAsync(file, "primary", "replica2", "replica2");
        ((IConfigurationRoot)builder.Configuration).Reload();
        await Eventually(() => log.Count(1008) == 1);
        Assert.That(monitor.Current.Nodes.Select(node => node.Name), Is.EqualTo(new[] { "primary", "replica2" }));
        Assert.That(log.Texts, Has.Some.Contains("another node has that name already"));
        var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.That(health.Status, Is.EqualTo(HealthStatus.Healthy));
        await host.StopAsync();
        File.Delete(file);
    }

    [Test]
    public async Task Node_source_brings_servers_and_its_empty_answer_takes_none_away()
    {
        var source = new ChangingSource { Nodes = [Watched.NodeOf(_cluster["replica1"])] };
        await using var watched = await Watched.StartAsync(
            options =>
            {
                options.Nodes.Add(Watched.NodeOf(_cluster.Primary));
                options.TopologyRefreshInterval = TimeSpan.FromSeconds(1);
            },
            extend: builder => builder.AddNodeSource(source));
        await watched.UntilAsync("replica1", node => node.Health == NodeHealth.Healthy);
        source.Nodes = [];
        await Eventually(() => watched.Log.Count(1009) == 1);
        Assert.That(watched["replica1"].Health, Is.EqualTo(NodeHealth.Healthy));
        source.Nodes = [Watched.NodeOf(_cluster["replica2"])];
        var snapshot = await watched.UntilAsync("replica2", node => node.Health == NodeHealth.Healthy);
        Assert.That(snapshot.Find("replica1"), Is.Null);
    }

    [Test]
    public async Task Server_of_another_cluster_is_fenced()
    {
        await using var other = await EveryVersion.StartAsync(version: null, replicas: 0);
        await using var watched = await Watched.StartAsync(_cluster, options =>
            options.Nodes.Add(new() { Name = "stray", ConnectionString = other.Primary.ConnectionString }));
        var stray = watched["stray"];
        Assert.That(stray.Health, Is.EqualTo(NodeHealth.Fenced));
        Assert.That(stray.Reason, Does.Contain("another cluster"));
        Assert.That(watched.Current.GetPrimary().Name, Is.EqualTo("primary"));
    }

    [Test]
    public async Task Unreachable_primary_gets_a_sentence_and_does_not_stop_the_start()
    {
        await using var watched = await Watched.StartAsync(options =>
        {
            options.Nodes.Add(new() { Name = "gone", ConnectionString = "Host=127.0.0.1;Port=1;Username=nobody;Password=s3cret;Database=none" });
            options.Nodes.Add(Watched.NodeOf(_cluster["replica1"]));
        });
        Assert.That(watched.Current.Primary, Is.Null);
        Assert.That(watched.Current.PrimaryProblem, Does.Contain("in recovery").Or.Contain("refuses connections"));
        Assert.That(watched["gone"].Reason, Is.EqualTo("it refuses connections"));
        Assert.That(watched.Log.Count(1002), Is.EqualTo(1));
        Assert.That(watched.Log.Texts, Has.None.Contains("s3cret"));
    }

    [Test]
    public async Task Wrong_password_and_missing_database_are_said_in_the_reason()
    {
        await using var watched = await Watched.StartAsync(options =>
        {
            options.Nodes.Add(new() { Name = "locked", ConnectionString = _cluster.Primary.GetConnectionString(configure: connection => connection.Password = "wrong-s3cret") });
            options.Nodes.Add(new() { Name = "empty", ConnectionString = _cluster.Primary.GetConnectionString(database: "no_such_database") });
        });
        Assert.That(watched["locked"].Reason, Does.Contain("28P01"));
        Assert.That(watched["empty"].Reason, Does.Contain("3D000").And.Contain("no_such_database"));
        Assert.That(watched.Log.Texts, Has.None.Contains("wrong-s3cret"));
    }

    [Test]
    public async Task Ordinary_role_without_any_grant_can_probe_and_the_log_says_what_it_misses()
    {
        await _cluster.Primary.ExecuteAsync("CREATE ROLE plain LOGIN PASSWORD 'plain'");
        await _cluster.WaitForReplicasAsync();
        await using var watched = await Watched.StartAsync(options =>
        {
            foreach (var server in _cluster.Servers)
            {
                options.Nodes.Add(new()
                {
                    Name = server.Name,
                    ConnectionString = server.ConnectionString,
                    ProbeConnectionString = server.GetConnectionString(configure: connection => (connection.Username, connection.Password) = ("plain", "plain")),
                });
            }
        });
        await watched.UntilAsync(known => known.Primary is not null && known.GetFreshReplicas(TierNames.Critical).Count() == 2);
        Assert.That(watched["replica1"].WalReceiver, Is.EqualTo(WalReceiverStatus.Running));
        Assert.That(() => watched.Log.Count(1014), Is.EqualTo(2).After(5_000, 10), "once for each replica; it is told after the snapshot");
    }

    [Test]
    public async Task Each_server_sees_one_probe_connection_and_none_after_the_stop()
    {
        const string Count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'counted pgscale-probe'";
        await using (var watched = await Watched.StartAsync(_cluster, options => options.ApplicationName = "counted"))
        {
            await watched.UntilAsync(known => known.Version > 12);
            Assert.That(await _cluster.Primary.ScalarAsync<long>(Count), Is.EqualTo(1));
        }

        Assert.That(async () => await _cluster.Primary.ScalarAsync<long>(Count), Is.Zero.After(15_000, 50));
    }

    private static async Task<ClusterSnapshot> WaitAsync(ClusterMonitor monitor, Func<ClusterSnapshot, bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        return await monitor.WaitForAsync(condition, deadline.Token);
    }

    private static Task Eventually(Func<bool> condition) => Task.Run(() => Assert.That(condition, Is.True.After(15_000, 50)));

    private Task WriteAsync(string file, params string[] servers) => File.WriteAllTextAsync(file, JsonSerializer.Serialize(new
    {
        PgScale = new { Nodes = servers.Select(name => new { Name = name, _cluster[name].ConnectionString }).ToArray() },
    }));

    private sealed class ChangingSource : INodeSource
    {
        public IReadOnlyList<NodeOptions> Nodes { get; set; } = [];

        public Task<IReadOnlyList<NodeOptions>> GetNodesAsync(CancellationToken cancellationToken) => Task.FromResult(Nodes);
    }
}
