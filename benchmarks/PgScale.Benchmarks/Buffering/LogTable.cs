using Npgsql;
using NpgsqlTypes;
using PgScale.Buffering;
using PgScale.Testing;

namespace PgScale.Benchmarks.Buffering;

/// <summary>The log table: eight columns and one index; a buffer's mapping of it, and what people write by hand.</summary>
internal static class LogTable
{
    public const int CopyRows = 10_000;

    private const string CreateSql = """
        CREATE TABLE log_entry (
            number bigint NOT NULL, created_at timestamptz NOT NULL, level smallint NOT NULL, service text NOT NULL,
            host text NOT NULL, request uuid NOT NULL, message text NOT NULL, properties jsonb NOT NULL);
        CREATE INDEX ON log_entry (created_at)
        """;

    private const string CopySql = "COPY log_entry (number, created_at, level, service, host, request, message, properties) FROM STDIN (FORMAT binary)";

    private const string InsertSql = """
        INSERT INTO log_entry (number, created_at, level, service, host, request, message, properties) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """;

    public static Task CreateAsync(PostgresServer server, CancellationToken cancellationToken) => server.ExecuteAsync(CreateSql, cancellationToken);

    public static LazyWriteBufferBuilder<LogEntry> Map(LazyWriteBufferBuilder<LogEntry> to)
    {
        to.AppendTo("log_entry")
            .Column("number", entry => entry.Number)
            .Column("created_at", entry => entry.CreatedAt)
            .Column("level", entry => entry.Level)
            .Column("service", entry => entry.Service)
            .Column("host", entry => entry.Host)
            .Column("request", entry => entry.Request)
            .Column("message", entry => entry.Message)
            .Column("properties", entry => entry.Properties);
        return to;
    }

    /// <summary>Makes every turn begin with an empty table and a checkpoint behind it.</summary>
    public static async Task EmptyAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        await server.ExecuteAsync("TRUNCATE log_entry", cancellationToken);
        await server.ExecuteAsync("CHECKPOINT", cancellationToken);
    }

    /// <summary>Refuses a side that did not write what it says that it wrote.</summary>
    public static async Task RequireAsync(PostgresServer server, long rows, CancellationToken cancellationToken)
    {
        var found = await server.ScalarAsync<long>("SELECT count(*) FROM log_entry", cancellationToken);
        if (found != rows)
        {
            throw new InvalidOperationException($"{rows} rows were enqueued or sent, and log_entry holds {found}.");
        }
    }

    /// <summary>The fastest way by hand: a binary COPY of many rows, every value typed.</summary>
    public static async Task CopyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var importer = await connection.BeginBinaryImportAsync(CopySql, cancellationToken);
        for (var row = 0; row < CopyRows; row++)
        {
            var entry = LogEntry.Pool[row];
            await importer.StartRowAsync(cancellationToken);
            await importer.WriteAsync(entry.Number, NpgsqlDbType.Bigint, cancellationToken);
            await importer.WriteAsync(entry.CreatedAt, NpgsqlDbType.TimestampTz, cancellationToken);
            await importer.WriteAsync(entry.Level, NpgsqlDbType.Smallint, cancellationToken);
            await importer.WriteAsync(entry.Service, NpgsqlDbType.Text, cancellationToken);
            await importer.WriteAsync(entry.Host, NpgsqlDbType.Text, cancellationToken);
            await importer.WriteAsync(entry.Request, NpgsqlDbType.Uuid, cancellationToken);
            await importer.WriteAsync(entry.Message, NpgsqlDbType.Text, cancellationToken);
            await importer.WriteAsync(entry.Properties, NpgsqlDbType.Jsonb, cancellationToken);
        }

        await importer.CompleteAsync(cancellationToken);
    }

    /// <summary>A data source whose statements are prepared by themselves, as careful people have it.</summary>
    public static NpgsqlDataSource Pool(PostgresServer server, int connections) => NpgsqlDataSource.Create(
        server.GetConnectionString(configure: connection => (connection.MaxPoolSize, connection.MaxAutoPrepare) = (connections, 10)));

    public static async ValueTask InsertAsync(NpgsqlDataSource pool, LogEntry entry, CancellationToken cancellationToken)
    {
        await using var connection = await pool.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(InsertSql, connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = entry.Number });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = entry.CreatedAt });
        command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = entry.Level });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = entry.Service });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = entry.Host });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = entry.Request });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = entry.Message });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = entry.Properties, NpgsqlDbType = NpgsqlDbType.Jsonb });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
