using Npgsql;
using PgScale.Testing;

namespace PgScale.Benchmarks.Backfill;

/// <summary>The table whose column is filled: made anew for each turn, so that every turn begins with the same pages.</summary>
internal sealed class Posts(PostgresCluster cluster, int rows)
{
    public const string Expression = "(t.id * 7919 % 1000)::int";

    public int Rows { get; } = rows;

    private PostgresServer Primary => cluster.Primary;

    public Task RecreateAsync(CancellationToken cancellationToken, string? value = null) => RecreateAsync(Rows, value ?? "NULL::int", cancellationToken);

    private async Task RecreateAsync(int count, string value, CancellationToken cancellationToken)
    {
        await Primary.ExecuteAsync(
            $"""
            DROP TABLE IF EXISTS posts;
            CREATE TABLE posts (id bigint PRIMARY KEY, author int NOT NULL, created_at timestamptz NOT NULL, title text NOT NULL, priority int);
            INSERT INTO posts SELECT i, i * 31 % 5000, timestamptz '2026-01-01' + i * interval '1 second', 'The title of post number ' || i, {value} FROM generate_series(1, {count}) i;
            CREATE INDEX posts_created_at ON posts (created_at);
            """,
            cancellationToken);
        await Primary.ExecuteAsync("VACUUM (ANALYZE) posts", cancellationToken);
        await Primary.ExecuteAsync("CHECKPOINT", cancellationToken);
        await cluster.WaitForReplicasAsync(cancellationToken);
    }

    public async Task<PostsSize> MeasureAsync(CancellationToken cancellationToken)
    {
        await Primary.ExecuteAsync("SELECT pg_stat_force_next_flush()", cancellationToken);
        await using var connection = await Primary.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            """
            SELECT pg_relation_size('posts'), pg_indexes_size('posts'), (SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'posts'),
                   (pg_current_wal_insert_lsn() - '0/0')::bigint
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
    }

    /// <summary>A fill that left a row out, or wrote another value, must not report a figure.</summary>
    public async Task RequireFilledAsync(CancellationToken cancellationToken)
    {
        var left = await Primary.ScalarAsync<long>($"SELECT count(*) FROM posts AS t WHERE t.priority IS DISTINCT FROM {Expression}", cancellationToken);
        if (left > 0)
        {
            throw new InvalidOperationException($"{left} of {Rows} rows do not have their value.");
        }
    }
}
