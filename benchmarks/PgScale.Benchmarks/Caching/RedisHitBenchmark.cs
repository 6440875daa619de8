using BenchmarkDotNet.Attributes;
using PgScale.Benchmarks.Micro;
using PgScale.Testing;

namespace PgScale.Benchmarks.Caching;

/// <summary>A read that memory does not answer and Redis does, one after the other.</summary>
public class RedisHitBenchmark
{
    private RedisServer _redis = null!;
    private RedisHits _hits = null!;

    [GlobalSetup]
    public void Start() => AwaitedSetup.Run(StartAsync);

    [GlobalCleanup]
    public void Stop() => AwaitedSetup.Run(StopAsync);

    [Benchmark(Description = RedisHits.PlainName)]
    public Task<Customer> Plain() => _hits.PlainAsync(client: 0);

    [Benchmark]
    public async Task<Customer> PgScale() => await _hits.PgScaleAsync(client: 0);

    private async Task StartAsync()
    {
        _redis = await RedisServer.StartAsync();
        _hits = await RedisHits.StartAsync(_redis, CancellationToken.None);
    }

    private async Task StopAsync()
    {
        await _hits.DisposeAsync();
        await _redis.DisposeAsync();
    }
}
