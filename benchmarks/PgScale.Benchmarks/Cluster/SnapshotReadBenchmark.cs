using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using PgScale.Cluster;

namespace PgScale.Benchmarks.Cluster;

/// <summary>Asking who is primary, while another thread may change it: the monitor's snapshot, and a field under a lock.</summary>
public class SnapshotReadBenchmark
{
    private readonly Lock _lock = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddPgScale(static _ => { }).Services.BuildServiceProvider();
    private ClusterMonitor _monitor = null!;
    private ClusterSnapshot _shared = null!;

    [GlobalSetup]
    public void Start()
    {
        _monitor = _services.GetRequiredService<ClusterMonitor>();
        lock (_lock)
        {
            _shared = _monitor.Current;
        }
    }

    [GlobalCleanup]
    public void Stop() => _services.Dispose();

    [Benchmark(Description = "read under a lock")]
    public NodeState? UnderLock()
    {
        lock (_lock)
        {
            return _shared.Primary;
        }
    }

    [Benchmark]
    public NodeState? Snapshot() => _monitor.Current.Primary;
}
