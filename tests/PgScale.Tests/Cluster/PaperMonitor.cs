using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using PgScale.Cluster;

namespace PgScale.Tests.Cluster;

/// <summary>A real monitor over probes that a test answers, on a clock that a test moves.</summary>
internal sealed class PaperMonitor : IAsyncDisposable, IOptionsChangeTokenSource<PgScaleOptions>
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private CancellationTokenSource _change = new();

    internal PaperMonitor(params string[] names)
    {
        Nodes = [.. names.Select(PaperCluster.Options)];
        foreach (var name in names)
        {
            Probes[name] = new(Clock);
        }

        var factory = new OptionsFactory<PgScaleOptions>([new ConfigureNamedOptions<PgScaleOptions>("", Fill)], [], [new PgScaleOptionsValidator()]);
        var directory = new NodeDirectory("", factory, [this], [], new((_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]), Clock), Logger, Clock);
        Monitor = new("", directory, new(_services.GetRequiredService<IMeterFactory>()), Logger, Clock, (node, _) =>
            Probes.TryGetValue(node.Name, out var probe) ? probe : Probes[node.Name] = new(Clock));
    }

    public string Name => "";

    internal ManualTimeProvider Clock { get; } = new();

    internal RecordingLogger Logger { get; } = new();

    internal Dictionary<string, PaperProbe> Probes { get; } = [];

    internal List<NodeOptions> Nodes { get; }

    internal Action<PgScaleOptions> Configure { get; set; } = static _ => { };

    internal ClusterMonitor Monitor { get; }

    internal ClusterSnapshot Current => Monitor.Current;

    internal IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    /// <summary>A primary 'a' and replicas that have all of its log.</summary>
    internal static async Task<PaperMonitor> StartAsync(params string[] names)
    {
        var paper = new PaperMonitor(names);
        foreach (var replica in names.Skip(1))
        {
            paper.Probes[replica].Answer = static () => PaperCluster.Replica(100);
        }

        await paper.StartAsync();
        return paper;
    }

    /// <summary>Starts, with an end to the wait that the test's own clock cannot hold up.</summary>
    internal Task StartAsync() => Monitor.StartAsync().WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System);

    public IChangeToken GetChangeToken() => new CancellationChangeToken(_change.Token);

    public async ValueTask DisposeAsync()
    {
        foreach (var probe in Probes.Values)
        {
            probe.Resume();
        }

        await Monitor.DisposeAsync();
        await _services.DisposeAsync();
        _change.Dispose();
    }

    internal void Reload()
    {
        var fired = Interlocked.Exchange(ref _change, new());
        fired.Cancel();
        fired.Dispose();
    }

    internal Task SeesAsync(Func<ClusterSnapshot, bool> condition) => Eventually.HoldsAsync(
        () => condition(Current), () => $"{Current.PrimaryProblem} {string.Join("; ", Current.Nodes)} {Logger.Text}");

    private void Fill(PgScaleOptions options)
    {
        options.Nodes = [.. Nodes];
        Configure(options);
    }
}
