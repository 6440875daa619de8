using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using PgScale.Cluster;
using PgScale.IntegrationTests.Cluster;
using PgScale.Routing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Routing;

/// <summary>The router before its start, at its end, when its configuration changes, and when its budgets are used up.</summary>
internal sealed class RouterLifeTests
{
    private PostgresCluster _cluster = null!;

    [OneTimeSetUp]
    public async Task StartClusterAsync() => _cluster = await EveryVersion.StartAsync(version: null);

    [OneTimeTearDown]
    public async Task StopClusterAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [Test]
    public void Read_before_the_start_is_rejected_and_says_that_the_host_has_to_be_started()
    {
        using var host = Build(Settings());
        var router = host.Services.GetRequiredService<ReplicaRouter>();
        Assert.That(
            async () => await router.ReadAsync(Routed.PortAsync),
            Throws.InstanceOf<ReadRejectedException>().With.Message.Contains("the monitor has not been started"));
    }

    [Test]
    public async Task Reads_under_way_when_the_host_ends_come_to_an_end()
    {
        var routed = await Routed.StartAsync(_cluster);
        var reads = 0;
        var clients = Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                await routed.PortOfReadAsync();
                Interlocked.Increment(ref reads);
            }
        })).ToList();
        Assert.That(() => Volatile.Read(ref reads), Is.GreaterThan(500).After(20_000, 5));
        await routed.DisposeAsync();
        foreach (var client in clients)
        {
            Assert.That(
                async () => await client.WaitAsync(TimeSpan.FromSeconds(10)),
                Throws.InstanceOf<ObjectDisposedException>().Or.InstanceOf<ReadRejectedException>().Or.InstanceOf<NpgsqlException>().Or.InstanceOf<InvalidOperationException>());
        }
    }

    [Test]
    public async Task Tier_that_a_reload_takes_out_is_refused_by_name_and_the_others_go_on()
    {
        var settings = Settings();
        settings["PgScale:Tiers:Reports:StatementTimeout"] = "00:01:00";
        using var host = Build(settings);
        await host.StartAsync();
        var router = host.Services.GetRequiredService<ReplicaRouter>();
        var monitor = host.Services.GetRequiredService<ClusterMonitor>();
        await monitor.WaitForAsync(known => known.Primary is not null && known.Replicas.All(node => node.Lag.IsKnown)).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.That(await router.ReadAsync(Routed.PortAsync, new() { Tier = "Reports" }), Is.Positive);
        settings.Remove("PgScale:Tiers:Reports:StatementTimeout");
        Reload(host);
        await monitor.WaitForAsync(known => known.Tiers.All(tier => tier.Name != "Reports")).WaitAsync(TimeSpan.FromSeconds(20));
        router.Core.Routes.Follow(monitor.Current);
        Assert.That(
            async () => await router.ReadAsync(Routed.PortAsync, new() { Tier = "Reports" }),
            Throws.ArgumentException.With.Message.Contains("There is no tier 'Reports'"));
        Assert.That(await router.ReadAsync(Routed.PortAsync), Is.Positive);
        Assert.That(router.Core.Budget.InUse, Is.Zero);
        await host.StopAsync();
    }

    [Test]
    public async Task Pools_that_a_reload_closes_are_not_met_by_reads()
    {
        var settings = Settings();
        using var host = Build(settings);
        await host.StartAsync();
        var router = host.Services.GetRequiredService<ReplicaRouter>();
        await host.Services.GetRequiredService<ClusterMonitor>()
            .WaitForAsync(known => known.Primary is not null && known.Replicas.All(node => node.Lag.IsKnown)).WaitAsync(TimeSpan.FromSeconds(20));
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await router.ReadAsync(Routed.PortAsync);
            }
        })).ToList();
        for (var seconds = 10; seconds < 15; seconds++)
        {
            settings["PgScale:Tiers:Important:StatementTimeout"] = $"00:00:{seconds}";
            Reload(host);
            var expected = $"{seconds}s";
            Assert.That(
                async () => await router.ReadAsync((connection, cancellation) => Routed.ScalarAsync<string>(connection, "SHOW statement_timeout", cancellation)),
                Is.EqualTo(expected).After(10_000, 10));
        }

        await stop.CancelAsync();
        Assert.That(async () => await Task.WhenAll(clients), Throws.Nothing);
        await host.StopAsync();
    }

    [Test]
    public async Task Retries_end_with_their_budget_and_then_the_failure_is_the_callers()
    {
        await using var routed = await Routed.StartAsync(_cluster, routing => (routing.RetryRatio, routing.RetryFloor, routing.EjectAfterFailures) = (0, 2, 1_000));
        var (runs, failures) = (0, 0);
        for (var i = 0; i < 5; i++)
        {
            var isFirst = true;
            try
            {
                await routed.Router.ReadAsync(async (connection, cancellation) =>
                {
                    runs++;
                    if (isFirst)
                    {
                        isFirst = false;
                        await Routed.ExecuteAsync(connection, "SELECT pg_terminate_backend(pg_backend_pid())", cancellation);
                    }

                    return await Routed.PortAsync(connection, cancellation);
                });
            }
            catch (NpgsqlException)
            {
                failures++;
            }
        }

        Assert.That((runs, failures), Is.EqualTo((7, 3)));
        Assert.That(() => routed.Debts(), Is.EqualTo((0, 0, 0)).After(5_000, 10));
    }

    // The source holds the same dictionary, and copies it when it is loaded.
    private static void Reload(IHost host) => ((IConfigurationRoot)host.Services.GetRequiredService<IConfiguration>()).Reload();

    private Dictionary<string, string?> Settings() => _cluster.Servers
        .SelectMany((server, index) => new[] { ($"PgScale:Nodes:{index}:Name", server.Name), ($"PgScale:Nodes:{index}:ConnectionString", server.ConnectionString) })
        .ToDictionary(pair => pair.Item1, pair => (string?)pair.Item2, StringComparer.OrdinalIgnoreCase);

    private static IHost Build(Dictionary<string, string?> settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        ((IConfigurationBuilder)builder.Configuration).Add(new Source(settings));
        builder.Services.AddPgScale(builder.Configuration.GetSection("PgScale")).AddReplicaRouter();
        return builder.Build();
    }

    private sealed class Source(Dictionary<string, string?> settings) : IConfigurationSource
    {
        internal Dictionary<string, string?> Settings => settings;

        public IConfigurationProvider Build(IConfigurationBuilder builder) => new ChangingProvider(this);
    }

    /// <summary>Shows the settings as they are when they are loaded again.</summary>
    private sealed class ChangingProvider(Source source) : ConfigurationProvider
    {
        public override void Load() => Data = new Dictionary<string, string?>(source.Settings, StringComparer.OrdinalIgnoreCase);
    }
}
