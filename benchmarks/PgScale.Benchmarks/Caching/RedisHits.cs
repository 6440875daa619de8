using System.Text.Json;
using Microsoft.Extensions.Caching.Hybrid;
using PgScale.Benchmarks.Caching.Sides;
using PgScale.Caching;
using PgScale.Testing;
using StackExchange.Redis;

namespace PgScale.Benchmarks.Caching;

/// <summary>Reads that go to Redis: a plain GET with JSON, and the cache told to leave its memory out. Each client has a key of its own.</summary>
internal sealed class RedisHits : IAsyncDisposable
{
    public const string PlainName = "StackExchange.Redis GET + JSON";

    private static readonly string[] Keys = [.. Enumerable.Range(0, RedisHitRows.Clients).Select(number => $"customer:{number:D8}:profile")];

    private static readonly CacheEntryOptions WithoutMemory = new() { Flags = HybridCacheEntryFlags.DisableLocalCache };

    private readonly RedisKey[] _plainKeys = Array.ConvertAll(Keys, key => (RedisKey)$"plain:{key}");
    private readonly PgScaleCache _side;
    private readonly ConnectionMultiplexer _connection;
    private readonly IDatabase _redis;

    private RedisHits(PgScaleCache side, ConnectionMultiplexer connection) => (_side, _connection, _redis) = (side, connection, connection.GetDatabase());

    public static async Task<RedisHits> StartAsync(RedisServer redis, CancellationToken cancellationToken)
    {
        var side = await PgScaleCache.StartAsync(new() { Redis = redis.ConnectionString }, cancellationToken);
        var hits = new RedisHits(side, await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString));
        foreach (var key in Keys)
        {
            await hits._redis.StringSetAsync($"plain:{key}", JsonSerializer.SerializeToUtf8Bytes(Customer.Create(42)));
            await side.Cache.GetOrCreateAsync(
                key, static _ => new ValueTask<Customer>(Customer.Create(42)), WithoutMemory, cancellationToken: cancellationToken);
        }

        return hits;
    }

    public async Task<Customer> PlainAsync(int client) => JsonSerializer.Deserialize<Customer>((byte[])(await _redis.StringGetAsync(_plainKeys[client]))!)!;

    public ValueTask<Customer> PgScaleAsync(int client) => _side.Cache.GetOrCreateAsync(Keys[client], 0, static (_, _) => Missed(), WithoutMemory);

    public async ValueTask DisposeAsync()
    {
        await _side.DisposeAsync();
        _connection.Dispose();
    }

    private static ValueTask<Customer> Missed() => throw new InvalidOperationException("Redis lost a value: this is no hit.");
}
