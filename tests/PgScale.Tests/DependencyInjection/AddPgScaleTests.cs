using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PgScale.Backfill;
using PgScale.Caching;
using PgScale.Cluster;
using PgScale.Ddl;
using PgScale.DependencyInjection;
using PgScale.Routing;

namespace PgScale.Tests.DependencyInjection;

public sealed class AddPgScaleTests
{
    private const string OneNode = """ "Nodes": [ { "Name": "a", "ConnectionString": "Host=h" } ] """;

    [Test]
    public void Section_is_bound_in_full()
    {
        var options = Bind("""
            "Nodes": [
              { "Name": "a", "ConnectionString": "Host=h", "ProbeConnectionString": "Host=p", "Region": "west", "Weight": 2.5, "Tiers": [ "Critical" ],
                "Pooler": "PgBouncerTransaction", "PoolerKeepsPreparedStatements": true, "ReplicatesFromArchive": true },
              { "Name": "b", "ConnectionString": "Host=i" }
            ],
            "Probe": { "Interval": "00:00:02", "Timeout": "00:00:00.3" },
            "TopologyRefreshInterval": "00:01:00",
            "SystemIdentifier": 7400000000000000001,
            "ApplicationName": "shop"
            """);

        var node = options.Nodes[0];
        Assert.That((node.Name, node.ConnectionString, node.ProbeConnectionString, node.Region, node.Weight), Is.EqualTo(("a", "Host=h", "Host=p", "west", 2.5)));
        Assert.That((node.Pooler, node.PoolerKeepsPreparedStatements, node.ReplicatesFromArchive), Is.EqualTo((PoolerMode.PgBouncerTransaction, true, true)));
        Assert.That(node.Tiers, Is.EqualTo(new[] { "Critical" }));
        Assert.That(options.Nodes.Select(each => each.Name), Is.EqualTo(new[] { "a", "b" }));
        Assert.That((options.Probe.Interval, options.Probe.Timeout), Is.EqualTo((TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(0.3))));
        Assert.That(options.Probe.HeartbeatInterval, Is.EqualTo(TimeSpan.FromSeconds(0.5)), "what is left out keeps its default");
        Assert.That((options.TopologyRefreshInterval, options.SystemIdentifier, options.ApplicationName), Is.EqualTo((TimeSpan.FromMinutes(1), 7400000000000000001UL, "shop")));
    }

    [Test]
    public async Task Section_alone_is_enough_to_inject_the_components()
    {
        var configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(
            $$"""{ "PgScale": { {{OneNode}}, "Routing": { "MaxRetries": 7 }, "Caching": { "MaxConcurrentLoads": 8 } } }"""))).Build();
        var services = new ServiceCollection();
        services.AddPgScale(configuration.GetSection("PgScale"));
        await using var provider = services.BuildServiceProvider();

        object?[] components = [provider.GetService<ReplicaRouter>(), provider.GetService<CacheWithLocking>(), provider.GetService<ControlledBackfill>(), provider.GetService<SafeDdlExecutor>()];
        Assert.That(components, Has.None.Null);
        Assert.That(provider.GetRequiredService<IOptions<CacheWithLockingOptions>>().Value.MaxConcurrentLoads, Is.EqualTo(8));
        Assert.That(provider.GetRequiredService<IOptions<ReplicaRouterOptions>>().Value.MaxRetries, Is.EqualTo(7));
    }

    [TestCase("Critical")]
    [TestCase("critical")]
    public void One_value_of_a_default_tier_can_be_changed_and_the_others_stay(string name)
    {
        var options = Bind($$"""{{OneNode}}, "Tiers": { "{{name}}": { "LockTimeout": "00:00:09" } }""");

        Assert.That(options.Tiers, Has.Count.EqualTo(3));
        Assert.That(options.Tiers["Critical"].LockTimeout, Is.EqualTo(TimeSpan.FromSeconds(9)));
        Assert.That(options.Tiers["Critical"].MaxLagTime, Is.EqualTo(TimeSpan.FromSeconds(1)));
        Assert.That(options.Tiers["Critical"].MaxLagBytes, Is.EqualTo(16L << 20));
        Assert.That(options.Tiers["BestEffort"].MaxLagTime, Is.EqualTo(TimeSpan.FromSeconds(60)));
    }

    [Test]
    public void Tier_can_be_added()
    {
        var options = Bind($$"""{{OneNode}}, "Tiers": { "Search": { "MaxLagBytes": 5 } }""");

        Assert.That(options.Tiers, Has.Count.EqualTo(4));
        Assert.That(options.Tiers["search"].MaxLagBytes, Is.EqualTo(5));
        Assert.That(options.Tiers["search"].StatementTimeout, Is.EqualTo(TimeSpan.FromSeconds(15)));
    }

    [Test]
    public void Null_removes_a_limit()
    {
        var options = Bind($$"""{{OneNode}}, "Tiers": { "Critical": { "MaxLagTime": null, "MaxLagBytes": null, "StatementTimeout": null } }""");

        Assert.That(options.Tiers["Critical"].MaxLagTime, Is.Null);
        Assert.That(options.Tiers["Critical"].MaxLagBytes, Is.Null);
        Assert.That(options.Tiers["Critical"].StatementTimeout, Is.Null);
        Assert.That(options.Tiers["Critical"].LockTimeout, Is.EqualTo(TimeSpan.FromSeconds(2)));
    }

    [TestCase(""" "Nodes": null """)]
    [TestCase(""" "Nodes": [ null ] """)]
    [TestCase(""" "Nodes": [ { "Name": null, "ConnectionString": null, "Tiers": null } ] """)]
    [TestCase(""" "Nodes": [ { "Name": "a", "ConnectionString": "Host=h" } ], "Tiers": null """)]
    [TestCase(""" "Nodes": [ { "Name": "a", "ConnectionString": "Host=h" } ], "Tiers": { "Critical": null } """)]
    [TestCase(""" "Nodes": [ { "Name": "a", "ConnectionString": "Host=h" } ], "Probe": null, "ApplicationName": null """)]
    public void Null_in_a_file_is_a_default_or_a_sentence_and_never_a_crash(string json)
    {
        try
        {
            Assert.That(Bind(json).Tiers, Has.Count.EqualTo(3));
        }
        catch (OptionsValidationException refusal)
        {
            Assert.That(refusal.Failures, Is.All.StartsWith("PgScale:"));
        }
    }

    [Test]
    public void Value_of_the_wrong_kind_is_refused_by_its_path() => Assert.That(
        () => Bind($$"""{{OneNode}}, "Probe": { "Interval": "often" }"""), Throws.InvalidOperationException.With.Message.Contains("PgScale:Probe:Interval"));

    [Test]
    public async Task Monitor_and_connections_can_be_injected()
    {
        var services = new ServiceCollection();
        services.AddPgScale(Configure("a"));
        await using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

        Assert.That(provider.GetRequiredService<ClusterMonitor>(), Is.SameAs(provider.GetRequiredKeyedService<ClusterMonitor>("")));
        Assert.That(provider.GetRequiredService<NodeConnections>(), Is.Not.Null);
        Assert.That(provider.GetServices<IHostedService>(), Has.One.SameAs(provider.GetRequiredService<ClusterMonitor>()));
        Assert.That(provider.GetRequiredService<ClusterMonitor>().Instance, Is.EqualTo("default"));
    }

    [Test]
    public async Task Instances_live_side_by_side()
    {
        var services = new ServiceCollection();
        services.AddPgScale(Configure("a"));
        services.AddKeyedPgScale("orders", Configure("o"));
        await using var provider = services.BuildServiceProvider();

        var (main, orders) = (provider.GetRequiredService<ClusterMonitor>(), provider.GetRequiredKeyedService<ClusterMonitor>("orders"));

        Assert.That(orders, Is.Not.SameAs(main));
        Assert.That(orders.Instance, Is.EqualTo("orders"));
        Assert.That(main.Settings.Nodes.Select(node => node.Name), Is.EqualTo(new[] { "a" }));
        Assert.That(orders.Settings.Nodes.Select(node => node.Name), Is.EqualTo(new[] { "o" }));
        Assert.That(provider.GetServices<IHostedService>().OfType<ClusterMonitor>(), Is.EquivalentTo(new[] { main, orders }));
    }

    [Test]
    public async Task Twice_adds_up_to_one_cluster()
    {
        var services = new ServiceCollection();
        services.AddPgScale(Configure("a"));
        services.AddPgScale(Configure("b"));
        await using var provider = services.BuildServiceProvider();

        Assert.That(provider.GetRequiredService<ClusterMonitor>().Settings.Nodes.Select(node => node.Name), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(provider.GetServices<IHostedService>().OfType<ClusterMonitor>().ToList(), Has.Count.EqualTo(1));
        Assert.That(provider.GetServices<IValidateOptions<PgScaleOptions>>().ToList(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Calls_commute()
    {
        Action<IServiceCollection>[] calls =
        [
            services => services.AddPgScale(Configure("a")),
            services => services.AddKeyedPgScale("orders", Configure("o")).AddNodeSource(new NoNodes()),
            services => services.AddHealthChecks().AddPgScaleCluster().AddPgScaleCluster("orders"),
            services => services.AddSingleton<TimeProvider>(new ManualTimeProvider()),
        ];
        foreach (var order in new[] { calls, calls.Reverse() })
        {
            var services = new ServiceCollection();
            foreach (var call in order)
            {
                call(services);
            }

            await using var provider = services.BuildServiceProvider();
            var report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync();

            Assert.That(provider.GetRequiredService<ClusterMonitor>().Settings.Nodes, Has.Length.EqualTo(1));
            Assert.That(report.Entries.Keys, Is.EquivalentTo(new[] { "pgscale-cluster", "pgscale-cluster-orders" }));
            Assert.That(report.Entries["pgscale-cluster"].Description, Does.Contain("the monitor has not been started"));
            Assert.That(provider.GetRequiredService<TimeProvider>(), Is.InstanceOf<ManualTimeProvider>());
        }
    }

    [Test]
    public void Null_is_refused_at_once()
    {
        Assert.That(() => new ServiceCollection().AddPgScale((IConfiguration)null!), Throws.ArgumentNullException);
        Assert.That(() => new ServiceCollection().AddPgScale((Action<PgScaleOptions>)null!), Throws.ArgumentNullException);
        Assert.That(() => new ServiceCollection().AddKeyedPgScale(null!, static _ => { }), Throws.ArgumentNullException);
        Assert.That(() => ((IServiceCollection)null!).AddPgScale(static _ => { }), Throws.ArgumentNullException);
        Assert.That(() => ((IPgScaleBuilder)null!).AddNodeSource(new NoNodes()), Throws.ArgumentNullException);
    }

    [Test]
    public async Task Bad_options_stop_the_host_at_its_start()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddPgScale(options => options.Probe.Timeout = TimeSpan.Zero);
        using var host = builder.Build();

        await Assert.ThatAsync(() => host.StartAsync(), Throws.TypeOf<OptionsValidationException>().With.Message.Contains("Probe:Timeout is 0 ms"));
    }

    private static Action<PgScaleOptions> Configure(string name) => options => options.Nodes.Add(new() { Name = name, ConnectionString = "Host=h" });

    private static PgScaleOptions Bind(string members)
    {
        using var json = new MemoryStream(Encoding.UTF8.GetBytes($$"""{ "PgScale": { {{members}} } }"""));
        var services = new ServiceCollection();
        services.AddPgScale(new ConfigurationBuilder().AddJsonStream(json).Build().GetSection("PgScale"));
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptionsFactory<PgScaleOptions>>().Create("");
    }

    private sealed class NoNodes : INodeSource
    {
        public Task<IReadOnlyList<NodeOptions>> GetNodesAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<NodeOptions>>([]);
    }
}
