using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using PgScale.Cluster;
using PgScale.IntegrationTests.Cluster;
using PgScale.Routing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Routing;

/// <summary>A router on real servers, wired and hosted as an application does it.</summary>
internal sealed class Routed : IAsyncDisposable
{
    private readonly IHost _host;

    private Routed(IHost host, CollectedLog log)
    {
        _host = host;
        Log = log;
    }

    internal CollectedLog Log { get; }

    internal ReplicaRouter Router => _host.Services.GetRequiredService<ReplicaRouter>();

    internal ClusterMonitor Monitor => _host.Services.GetRequiredService<ClusterMonitor>();

    internal static Task<Routed> StartAsync(PostgresCluster cluster, Action<ReplicaRouterOptions>? routing = null, Action<PgScaleOptions>? configure = null) =>
        StartAsync(cluster.Servers.Select(Watched.NodeOf), routing, configure);

    internal static async Task<Routed> StartAsync(IEnumerable<NodeOptions> nodes, Action<ReplicaRouterOptions>? routing = null, Action<PgScaleOptions>? configure = null)
    {
        var log = new CollectedLog();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log);
        builder.Services.AddPgScale(options =>
        {
            foreach (var node in nodes)
            {
                options.Nodes.Add(node);
            }

            configure?.Invoke(options);
        }).AddReplicaRouter(options => routing?.Invoke(options));
        var host = builder.Build();
        await host.StartAsync();
        var routed = new Routed(host, log);
        await routed.UntilAsync(snapshot => snapshot.Primary is not null && snapshot.Replicas.All(node => node.Lag.IsKnown));
        return routed;
    }

    internal async Task<ClusterSnapshot> UntilAsync(Func<ClusterSnapshot, bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var snapshot = await Monitor.WaitForAsync(condition, deadline.Token);
        Router.Core.Routes.Follow(snapshot);
        return snapshot;
    }

    /// <summary>What reads have taken and not given back: reads in flight on any node, places in any tier, the budget of the primary.</summary>
    internal (int InFlight, int Places, int Budget) Debts() =>
        (Router.Core.Routes.All.Sum(route => route.InFlight), Router.Core.Routes.All.Sum(route => route.Places.InUse), Router.Core.Budget.InUse);

    /// <summary>The name of the server that a read reaches.</summary>
    internal Task<int> PortOfReadAsync(ReadOptions? options = null) => Router.ReadAsync(PortAsync, options);

    internal static async Task<int> PortAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await ScalarAsync<int>(connection, "SELECT current_setting('port')::int", cancellationToken);

    internal static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancellationToken = default)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    internal static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken = default)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
