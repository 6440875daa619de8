using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PgScale.Cluster;
using PgScale.DependencyInjection;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Cluster;

/// <summary>A monitor on real servers, wired as an application wires it.</summary>
internal sealed class Watched : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private Watched(ServiceProvider services, CollectedLog log)
    {
        _services = services;
        Log = log;
        Monitor = services.GetRequiredService<ClusterMonitor>();
        Connections = services.GetRequiredService<NodeConnections>();
    }

    internal ServiceProvider Services => _services;

    internal ClusterMonitor Monitor { get; }

    internal NodeConnections Connections { get; }

    internal CollectedLog Log { get; }

    internal ClusterSnapshot Current => Monitor.Current;

    internal static Task<Watched> StartAsync(PostgresCluster cluster, Action<PgScaleOptions>? configure = null, TimeProvider? time = null) =>
        StartAsync(
            options =>
            {
                foreach (var server in cluster.Servers)
                {
                    options.Nodes.Add(NodeOf(server));
                }

                configure?.Invoke(options);
            },
            time);

    internal static async Task<Watched> StartAsync(
        Action<PgScaleOptions> configure, TimeProvider? time = null, Action<IPgScaleBuilder>? extend = null)
    {
        var watched = Create(configure, time, extend);
        await watched.Monitor.StartAsync();
        return watched;
    }

    internal static Watched Create(Action<PgScaleOptions> configure, TimeProvider? time = null, Action<IPgScaleBuilder>? extend = null)
    {
        var log = new CollectedLog();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(log));
        if (time is not null)
        {
            services.AddSingleton(time);
        }

        var builder = services.AddPgScale(configure);
        extend?.Invoke(builder);
        return new(services.BuildServiceProvider(), log);
    }

    internal static NodeOptions NodeOf(PostgresServer server) => new() { Name = server.Name, ConnectionString = server.ConnectionString };

    internal NodeState this[string name] => Current.Find(name) ?? throw new KeyNotFoundException(name);

    /// <summary>Waits until a snapshot fulfils the condition; fails with the last snapshot when it takes too long.</summary>
    internal async Task<ClusterSnapshot> UntilAsync(Func<ClusterSnapshot, bool> condition, TimeSpan? within = null)
    {
        using var deadline = new CancellationTokenSource(within ?? TimeSpan.FromSeconds(15));
        try
        {
            return await Monitor.WaitForAsync(condition, deadline.Token);
        }
        catch (OperationCanceledException late)
        {
            var nodes = string.Join("; ", Current.Nodes.Select(node => $"{node} tl {node.Timeline} at {node.Position} {node.Reason}"));
            throw new AssertionException($"The condition was not met in time. {Current.PrimaryProblem} {nodes}", late);
        }
    }

    internal Task<ClusterSnapshot> UntilAsync(string node, Func<NodeState, bool> condition, TimeSpan? within = null) =>
        UntilAsync(snapshot => snapshot.Find(node) is { } state && condition(state), within);

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
