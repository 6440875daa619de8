using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PgScale.Cluster;
using PgScale.Ddl;
using PgScale.IntegrationTests.Cluster;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>An executor on real servers, wired as an application wires it.</summary>
internal sealed class Executed : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private Executed(ServiceProvider services, CollectedLog log)
    {
        _services = services;
        Log = log;
    }

    internal SafeDdlExecutor Ddl => _services.GetRequiredService<SafeDdlExecutor>();

    internal ClusterMonitor Monitor => _services.GetRequiredService<ClusterMonitor>();

    internal CollectedLog Log { get; }

    internal static Task<Executed> StartAsync(PostgresCluster cluster, Action<SafeDdlExecutorOptions>? ddl = null) =>
        StartAsync([.. cluster.Servers.Select(Watched.NodeOf)], ddl);

    internal static async Task<Executed> StartAsync(IReadOnlyList<NodeOptions> nodes, Action<SafeDdlExecutorOptions>? ddl = null)
    {
        var log = new CollectedLog();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.Services.AddSingleton<Microsoft.Extensions.Logging.ILoggerProvider>(log));
        services.AddPgScale(options => nodes.ToList().ForEach(options.Nodes.Add)).AddSafeDdlExecutor(options => ddl?.Invoke(options));
        var executed = new Executed(services.BuildServiceProvider(), log);
        await executed.Monitor.StartAsync();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await executed.Monitor.WaitForAsync(snapshot => snapshot.Primary is not null && snapshot.Replicas.All(node => node.Lag.IsKnown), deadline.Token);
        return executed;
    }

    /// <summary>An executor that takes every statement for safe as it is, as long as the judge is not asked.</summary>
    internal SafeDdlExecutor Trusting(Action<SafeDdlExecutorOptions>? configure = null)
    {
        var options = new SafeDdlExecutorOptions();
        configure?.Invoke(options);
        return new(
            Monitor,
            _services.GetRequiredService<NodeConnections>(),
            () => options,
            new(_services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), "trusting"),
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance,
            TimeProvider.System)
        {
            Judge = (sql, _, _, _) => Task.FromResult(Plans.Of(sql, Plans.Transaction(sql))),
        };
    }

    [SuppressMessage("Security", "CA2100", Justification = "Statements of the tests.")]
    internal static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
