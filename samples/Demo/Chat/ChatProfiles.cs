using Npgsql;
using PgScale.Caching;
using PgScale.Routing;

namespace PgScale.Samples.Demo.Chat;

/// <summary>Names of users, through the cache: each is loaded once, however many ask, and with Redis or without.</summary>
internal sealed class ChatProfiles(CacheWithLocking cache, ReplicaRouter router)
{
    private long _loads;
    private int _loading;
    private int _mostAtOnce;

    /// <summary>How often the database was asked.</summary>
    public long Loads => Volatile.Read(ref _loads);

    /// <summary>Begins to count loads at the same time anew, and returns the most since the last call.</summary>
    public int TakeMostAtOnce() => Interlocked.Exchange(ref _mostAtOnce, 0);

    public ValueTask<string?> ReadNameAsync(long userId, CancellationToken cancellationToken) =>
        cache.GetOrCreateAsync($"user:{userId}", async (fill, stop) =>
        {
            Begin();
            try
            {
                return await router.ReadAsync((connection, end) => QueryNameAsync(connection, userId, end), new ReadOptions { Token = fill.Token }, stop);
            }
            finally
            {
                Interlocked.Decrement(ref _loading);
            }
        }, cancellationToken: cancellationToken);

    private static async Task<string?> QueryNameAsync(NpgsqlConnection connection, long userId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT full_name FROM users WHERE id = $1", connection) { Parameters = { new() { Value = userId } } };
        return (string?)await command.ExecuteScalarAsync(cancellationToken);
    }

    private void Begin()
    {
        Interlocked.Increment(ref _loads);
        var now = Interlocked.Increment(ref _loading);
        for (var most = Volatile.Read(ref _mostAtOnce); now > most;)
        {
            var seen = Interlocked.CompareExchange(ref _mostAtOnce, now, most);
            if (seen == most)
            {
                return;
            }

            most = seen;
        }
    }
}
