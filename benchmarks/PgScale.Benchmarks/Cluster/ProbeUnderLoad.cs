using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Load;
using PgScale.Cluster;
using PgScale.Testing;

namespace PgScale.Benchmarks.Cluster;

/// <summary>The monitor's own probe of one server, asked again and again, beside the question that people ask by hand.</summary>
internal sealed class ProbeUnderLoad : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly NodeProbe _probe;
    private readonly NpgsqlConnection _byHand;
    private readonly int _probeProcess;

    private ProbeUnderLoad(ServiceProvider services, NodeProbe probe, NpgsqlConnection byHand, int probeProcess) =>
        (_services, _probe, _byHand, _probeProcess) = (services, probe, byHand, probeProcess);

    /// <summary>Whether the servers are processes of this machine, whose time on a processor can be read.</summary>
    public static bool SeesServerCpu { get; } = OperatingSystem.IsLinux() && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PGSCALE_TEST_PRIMARY"));

    public static async Task<ProbeUnderLoad> CreateAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        var services = new ServiceCollection()
            .AddPgScale(options => options.Nodes.Add(new() { Name = server.Name, ConnectionString = server.ConnectionString }))
            .Services.BuildServiceProvider();
        var settings = services.GetRequiredService<ClusterMonitor>().Settings;
        var probe = new NodeProbe(settings.Nodes[0], settings);
        await probe.HeartbeatAsync(cancellationToken);
        var process = await server.ScalarAsync<int>("SELECT pid FROM pg_stat_activity WHERE application_name LIKE '%probe%'", cancellationToken);
        return new(services, probe, await server.OpenConnectionAsync(cancellationToken), process);
    }

    public Task<ProbeSample> AskByHandAsync(Round round) => MeasureAsync(round, _byHand.ProcessID, async (_, cancellationToken) =>
    {
        await using var command = new NpgsqlCommand("SELECT pg_is_in_recovery()", _byHand);
        await command.ExecuteScalarAsync(cancellationToken);
    });

    public Task<ProbeSample> ProbeAsync(Round round) =>
        MeasureAsync(round, _probeProcess, (_, cancellationToken) => new ValueTask(_probe.AskAsync(cancellationToken)));

    public Task<ProbeSample> HeartbeatAsync(Round round) =>
        MeasureAsync(round, _probeProcess, (_, cancellationToken) => new ValueTask(_probe.HeartbeatAsync(cancellationToken)));

    public async ValueTask DisposeAsync()
    {
        await _byHand.DisposeAsync();
        await _probe.DisposeAsync();
        await _services.DisposeAsync();
    }

    private static async Task<ProbeSample> MeasureAsync(Round round, int process, Operation operation)
    {
        var before = CpuMicroseconds(process);
        var load = await ClosedLoop.RunAsync(clients: 1, round, operation);
        return new ProbeSample(load, (CpuMicroseconds(process) - before) / load.Operations);
    }

    // The first figure of schedstat is the time on a processor in nanoseconds: Documentation/scheduler/sched-stats.rst of Linux.
    private static double CpuMicroseconds(int process) => SeesServerCpu
        ? long.Parse(File.ReadAllText($"/proc/{process}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture) / 1_000.0
        : double.NaN;
}
