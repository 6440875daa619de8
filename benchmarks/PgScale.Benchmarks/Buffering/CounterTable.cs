using Npgsql;
using PgScale.Buffering;
using PgScale.Testing;

namespace PgScale.Benchmarks.Buffering;

/// <summary>Conversations with their number of messages. Made anew for each turn, so that its pages are in the WAL already: the steady state.</summary>
internal sealed class CounterTable(PostgresServer server, int keys)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private decimal _walBefore;

    public const string UpdateSql = "UPDATE conversation SET messages = messages + 1, last_at = greatest(last_at, $2) WHERE id = $1";

    public static LazyWriteBufferBuilder<Hit> Map(LazyWriteBufferBuilder<Hit> to)
    {
        to.MergeInto("conversation").Key("id", hit => hit.Conversation).Sum("messages", _ => 1).Max("last_at", hit => hit.At);
        return to;
    }

    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        await server.ExecuteAsync("DROP TABLE IF EXISTS conversation", cancellationToken);
        await server.ExecuteAsync("CREATE TABLE conversation (id bigint PRIMARY KEY, messages bigint NOT NULL, last_at timestamptz NOT NULL)", cancellationToken);
        await server.ExecuteAsync($"INSERT INTO conversation SELECT id, 0, 'epoch' FROM generate_series(0, {keys - 1}) AS id", cancellationToken);
        await server.ExecuteAsync("VACUUM ANALYZE conversation", cancellationToken);
    }

    public async Task BeginAsync(CancellationToken cancellationToken) => _walBefore = await WalAsync(cancellationToken);

    /// <summary>Compares the table and the server's statistics with what should be there. Sessions that wrote must have ended: then the statistics are whole.</summary>
    public async Task<CounterSample> EndAsync(long hits, TimeSpan elapsed, long[] truth, long? expectedUpdates, decimal walAfter, CancellationToken cancellationToken)
    {
        var miscounted = await MiscountedAsync(truth, cancellationToken);
        var (updates, dead) = await StatisticsAsync(expectedUpdates, cancellationToken);
        var parts = hits / 100_000.0;
        return new(
            hits / elapsed.TotalSeconds,
            (double)(walAfter - _walBefore) / hits,
            updates / parts,
            dead / parts,
            expectedUpdates is { } expected ? Math.Abs(updates - expected) : 0,
            miscounted);
    }

    public async Task<decimal> WalAsync(CancellationToken cancellationToken) =>
        await server.ScalarAsync<decimal>("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn", cancellationToken);

    private async Task<double> MiscountedAsync(long[] truth, CancellationToken cancellationToken)
    {
        await using var connection = await server.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand("SELECT id, messages FROM conversation", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var (difference, found) = (0L, 0);
        for (; await reader.ReadAsync(cancellationToken); found++)
        {
            difference += Math.Abs(reader.GetInt64(1) - truth[reader.GetInt64(0)]);
        }

        return found == keys ? difference : throw new InvalidOperationException($"'conversation' has {found} rows; {keys} were made.");
    }

    // A session reports what it did when it ends, a moment after the client has gone.
    private async Task<(long Updates, long Dead)> StatisticsAsync(long? expected, CancellationToken cancellationToken)
    {
        var deadline = TimeProvider.System.GetUtcNow() + Patience;
        var updates = await StatisticAsync("n_tup_upd", cancellationToken);
        while (expected is not null && updates != expected && TimeProvider.System.GetUtcNow() < deadline)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
            updates = await StatisticAsync("n_tup_upd", cancellationToken);
        }

        return (updates, await StatisticAsync("n_dead_tup", cancellationToken));
    }

    private Task<long> StatisticAsync(string name, CancellationToken cancellationToken) =>
        server.ScalarAsync<long>($"SELECT {name} FROM pg_stat_user_tables WHERE relname = 'conversation'", cancellationToken);
}
