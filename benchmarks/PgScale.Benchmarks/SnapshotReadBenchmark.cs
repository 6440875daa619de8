using BenchmarkDotNet.Attributes;

namespace PgScale.Benchmarks;

/// <summary>Reading shared state that another thread swaps: under a lock, and through a volatile reference.</summary>
public class SnapshotReadBenchmark
{
    private readonly Lock _lock = new();
    private volatile string _volatile = "snapshot";
    private string _locked = "snapshot";

    [Benchmark(Description = "read under a lock")]
    public string UnderLock()
    {
        lock (_lock)
        {
            return _locked;
        }
    }

    [Benchmark(Description = "volatile read")]
    public string Volatile() => _volatile;

    public void Swap(string snapshot)
    {
        lock (_lock)
        {
            _locked = snapshot;
            _volatile = snapshot;
        }
    }
}
