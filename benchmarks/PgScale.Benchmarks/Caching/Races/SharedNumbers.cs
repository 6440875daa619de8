using System.Globalization;
using PgScale.Cluster;
using StackExchange.Redis;

namespace PgScale.Benchmarks.Caching.Races;

/// <summary>Numbers that all processes see at once, in a Redis apart from the caches': the rows without a database, and what was acknowledged.</summary>
internal sealed class SharedNumbers : IRowStore, IAsyncDisposable
{
    private const string RaiseScript = """
        local known = tonumber(redis.call('GET', KEYS[1]) or '0')
        if known < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
        return 0
        """;

    private readonly ConnectionMultiplexer _connection;
    private readonly IDatabase _redis;

    private SharedNumbers(ConnectionMultiplexer connection) => (_connection, _redis) = (connection, connection.GetDatabase());

    public static async Task<SharedNumbers> ConnectAsync(string connectionString) => new(await ConnectionMultiplexer.ConnectAsync(connectionString));

    public async ValueTask<(long Version, ConsistencyToken Token)> WriteAsync(int row) => (await _redis.StringIncrementAsync(RowOf(row)), ConsistencyToken.None);

    public async ValueTask<long> ReadAsync(int row, ConsistencyToken token, CancellationToken cancellationToken) => (long)await _redis.StringGetAsync(RowOf(row));

    /// <summary>The version that whoever reads from now on must see at least.</summary>
    public async ValueTask<long> FloorAsync(string race, int row) => (long)await _redis.StringGetAsync(FloorOf(race, row));

    public async Task RaiseFloorAsync(string race, int row, long version) => await _redis.ScriptEvaluateAsync(RaiseScript, [FloorOf(race, row)], [version]);

    public ValueTask DisposeAsync()
    {
        _connection.Dispose();
        return default;
    }

    private static string RowOf(int row) => string.Create(CultureInfo.InvariantCulture, $"row:{row}");

    private static string FloorOf(string race, int row) => string.Create(CultureInfo.InvariantCulture, $"floor:{race}:{row}");
}
