using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Caching.Memory;
using PgScale.Caching.Local;

namespace PgScale.Benchmarks.Caching;

/// <summary>Finding a string in the in-process store and in a MemoryCache that are full, each key asked for in turn.</summary>
public class LocalHitBenchmark : IDisposable
{
    private const int Keys = 1_000;

    private readonly string[] _keys = [.. Enumerable.Range(0, Keys).Select(number => $"customer:{number:D8}:profile")];
    private readonly MemoryCache _memoryCache = new(new MemoryCacheOptions { SizeLimit = Keys });
    private readonly LocalStore<string> _store = new(Keys, long.MaxValue);
    private int _next;

    [GlobalSetup]
    public void Fill()
    {
        foreach (var key in _keys)
        {
            _memoryCache.Set(key, key, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = TimeSpan.FromHours(1) });
            _store.Set(key, key, size: key.Length * sizeof(char));
        }
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _memoryCache.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Description = "MemoryCache.TryGetValue")]
    public bool MemoryCache() => _memoryCache.TryGetValue(NextKey(), out string? _);

    [Benchmark]
    public bool LocalStore() => _store.TryGet(NextKey(), out _);

    [Benchmark]
    public bool LocalStoreByCharacters() => _store.TryGet(NextKey().AsSpan(), out _);

    private string NextKey()
    {
        _next = _next + 1 == Keys ? 0 : _next + 1;
        return _keys[_next];
    }
}
