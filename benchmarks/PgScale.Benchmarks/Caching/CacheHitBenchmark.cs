using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Caching.Memory;
using PgScale.Benchmarks.Caching.Sides;
using PgScale.Benchmarks.Micro;
using PgScale.Caching;
using PgScale.Testing;

namespace PgScale.Benchmarks.Caching;

/// <summary>A read that memory answers, through the whole cache: on Redis, under a namespace, and full, so that eviction is on.</summary>
public class CacheHitBenchmark : IDisposable
{
    private const int Keys = 1_000;
    private const int MutableKey = 2 * Keys;
    private const int CopiedKey = 3 * Keys;
    private const int Kinds = 4;

    private static readonly CacheEntryOptions Shared = new() { ShareInstance = true };

    private readonly string[] _keys = [.. Enumerable.Range(0, Kinds * Keys).Select(number => $"customer:{number:D8}:profile")];
    private MemoryCache _memory = null!;
    private RedisServer _redis = null!;
    private PgScaleCache _side = null!;
    private CacheWithLocking _cache = null!;
    private int _next;

    [GlobalSetup]
    public void Fill() => AwaitedSetup.Run(FillAsync);

    [GlobalCleanup]
    public void Stop() => AwaitedSetup.Run(StopAsync);

    public void Dispose()
    {
        _memory.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Description = CacheSides.Memory)]
    public string? MemoryString() => _memory.TryGetValue(Next(0), out string? value) ? value : throw Missed();

    [Benchmark]
    public ValueTask<string> PgScaleString() => _cache.GetOrCreateAsync(Next(0), _next, static (_, _) => new ValueTask<string>("value"));

    [Benchmark(Description = CacheSides.Memory)]
    public ImmutableCustomer? MemoryImmutable() => _memory.TryGetValue(Next(Keys), out ImmutableCustomer? value) ? value : throw Missed();

    [Benchmark]
    public ValueTask<ImmutableCustomer> PgScaleImmutable() =>
        _cache.GetOrCreateAsync(Next(Keys), _next, static (id, _) => new ValueTask<ImmutableCustomer>(new ImmutableCustomer(id, "name", "city")));

    [Benchmark(Description = CacheSides.Memory)]
    public Customer? MemoryMutable() => _memory.TryGetValue(Next(MutableKey), out Customer? value) ? value : throw Missed();

    [Benchmark]
    public ValueTask<Customer> PgScaleMutableShared() => _cache.GetOrCreateAsync(Next(MutableKey), _next, LoadAsync, Shared);

    [Benchmark(Description = "MemoryCache of JSON")]
    public Customer? MemoryCopied() => _memory.TryGetValue(Next(CopiedKey), out byte[]? json) ? JsonSerializer.Deserialize<Customer>(json) : throw Missed();

    [Benchmark]
    public ValueTask<Customer> PgScaleMutableCopied() => _cache.GetOrCreateAsync(Next(CopiedKey), _next, LoadAsync);

    private async Task FillAsync()
    {
        _redis = await RedisServer.StartAsync();
        _side = await PgScaleCache.StartAsync(
            new() { Redis = _redis.ConnectionString, Expiration = TimeSpan.FromHours(1) },
            CancellationToken.None,
            options => (options.MaxLocalEntries, options.Namespace) = (Kinds * Keys, "shop.production"));
        _cache = _side.Cache;
        _memory = new MemoryCache(new MemoryCacheOptions { SizeLimit = Kinds * Keys });
        for (var key = 0; key < Keys; key++)
        {
            Remember(_keys[key], "value");
            Remember(_keys[Keys + key], new ImmutableCustomer(key, "name", "city"));
            Remember(_keys[MutableKey + key], Customer.Create(key));
            Remember(_keys[CopiedKey + key], JsonSerializer.SerializeToUtf8Bytes(Customer.Create(key)));
            await PgScaleString();
        }

        foreach (var fill in (Func<Task>[])[async () => await PgScaleImmutable(), async () => await PgScaleMutableShared(), async () => await PgScaleMutableCopied()])
        {
            for (var key = 0; key < Keys; key++)
            {
                await fill();
            }
        }
    }

    private async Task StopAsync()
    {
        Dispose();
        await _side.DisposeAsync();
        await _redis.DisposeAsync();
    }

    private static ValueTask<Customer> LoadAsync(int id, CancellationToken cancellationToken) => new(Customer.Create(id));

    private static InvalidOperationException Missed() => new("MemoryCache missed a key that was put into it.");

    private void Remember(string key, object value) =>
        _memory.Set(key, value, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = TimeSpan.FromHours(1) });

    private string Next(int first)
    {
        _next = _next + 1 == Keys ? 0 : _next + 1;
        return _keys[first + _next];
    }
}
