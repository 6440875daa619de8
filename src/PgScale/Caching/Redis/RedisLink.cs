using StackExchange.Redis;

namespace PgScale.Caching.Redis;

/// <summary>The connection. Only members that are the same from StackExchange.Redis 1.2.6 to 3.x are used, and only in this folder.</summary>
internal sealed class RedisLink : IAsyncDisposable
{
    private const int ConnectMilliseconds = 1_000;
    private const int RetryMilliseconds = 250;

    private readonly ConfigurationOptions _configuration;
    private readonly Action _broke;

    private ConnectionMultiplexer? _connection;

    internal RedisLink(string configuration, Action broke)
    {
        _configuration = Parse(configuration);
        _broke = broke;
    }

    internal IDatabase? Database { get; private set; }

    internal bool IsOpen => _connection is not null;

    /// <summary>Reads a connection string; used by the validator too.</summary>
    /// <exception cref="ArgumentException">It cannot be read.</exception>
    internal static ConfigurationOptions Parse(string configuration)
    {
        var parsed = ConfigurationOptions.Parse(configuration);
        parsed.AbortOnConnectFail = false;
        parsed.ConnectTimeout = Math.Min(parsed.ConnectTimeout, ConnectMilliseconds);
        parsed.ReconnectRetryPolicy = new LinearRetry(RetryMilliseconds);
        return parsed;
    }

    /// <summary>Connects and subscribes. Redis may still be away then: the client goes on trying.</summary>
    internal async Task OpenAsync(RedisChannel fleet, RedisChannel own, Action<string> received)
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(_configuration).ConfigureAwait(false);
        connection.ConnectionFailed += (_, _) => _broke();
        _connection = connection;
        Database = connection.GetDatabase();
        try
        {
            var subscriber = connection.GetSubscriber();
            await subscriber.SubscribeAsync(fleet, (_, message) => received(message!)).ConfigureAwait(false);
            await subscriber.SubscribeAsync(own, (_, message) => received(message!)).ConfigureAwait(false);
        }
        catch
        {
            Drop(); // a connection that hears nothing would never be used, and never be replaced
            throw;
        }
    }

    /// <summary>Gives the connection up; the next <see cref="OpenAsync"/> makes a new one.</summary>
    internal void Drop()
    {
        var connection = _connection;
        (_connection, Database) = (null, null);
        connection?.Close(allowCommandsToComplete: false); // or it waits for what a Redis that is away will not answer
        connection?.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        Drop();
        return default;
    }
}
