using Npgsql;
using PgScale.Testing;
using PgScale.Tests.Corpus;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>A database with the tables of the corpus, and the taking of the truth: each statement is run and rolled back.</summary>
internal sealed class CorpusDatabase : IAsyncDisposable
{
    private const string StateSql = """
        SELECT c.oid, CASE WHEN n.nspname = 'public' THEN '' ELSE n.nspname || '.' END || c.relname, c.relkind, pg_relation_filenode(c.oid),
               pg_stat_get_xact_numscans(c.oid), CASE WHEN c.relkind IN ('r', 'm', 'i') THEN pg_relation_size(c.oid) ELSE 0 END
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid >= 16384 AND n.nspname NOT IN ('pg_toast', 'pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_temp%'
        """;

    private const string LocksSql = "SELECT relation, mode FROM pg_locks WHERE pid = $1 AND locktype = 'relation' AND relation >= 16384 AND granted";

    private readonly PostgresCluster _cluster;

    private CorpusDatabase(PostgresCluster cluster, NpgsqlConnection connection)
    {
        _cluster = cluster;
        Connection = connection;
    }

    public NpgsqlConnection Connection { get; }

    public int Major => _cluster.MajorVersion;

    public static async Task<CorpusDatabase> StartAsync(int? version)
    {
        if (await TestServers.ReasonToSkipAsync(TestServerKinds.Postgres, version) is { } reason)
        {
            Assert.Ignore(reason);
        }

        PostgresCluster cluster = await PostgresCluster.StartAsync(new() { MajorVersion = version, Replicas = 0, Settings = { ["autovacuum"] = "off" } });
        CorpusDatabase database = new(cluster, await cluster.Primary.OpenConnectionAsync());
        await database.MakeTablesAsync();
        return database;
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    public async Task MakeTablesAsync()
    {
        await RunAsync(Connection, "DROP SCHEMA IF EXISTS public CASCADE; DROP SCHEMA IF EXISTS other CASCADE; CREATE SCHEMA public");
        await RunAsync(Connection, await File.ReadAllTextAsync(Path.Combine(CorpusRow.Folder, "schema.sql")));
        Connection.ReloadTypes();
    }

    public async Task<Truth> TakeAsync(CorpusRow row)
    {
        if (row.Id.StartsWith("not_schema", StringComparison.Ordinal))
        {
            return new Truth(row.Id, "none", "", "", "", false);
        }

        return row.Sql.Contains("CONCURRENTLY", StringComparison.Ordinal) && !row.Sql.Contains("MATERIALIZED", StringComparison.Ordinal) && !row.Sql.Contains("CONCURRENTLY false", StringComparison.Ordinal)
            ? await TakeConcurrentAsync(row)
            : await TakeInTransactionAsync(row);
    }

    private async Task<Truth> TakeInTransactionAsync(CorpusRow row)
    {
        await using NpgsqlTransaction transaction = await Connection.BeginTransactionAsync();
        Dictionary<uint, State> before = await StatesAsync(Connection);
        try
        {
            await RunAsync(Connection, row.Sql);
        }
        catch (PostgresException refused)
        {
            return new Truth(row.Id, refused.SqlState, "", "", "", false);
        }

        Dictionary<uint, string> locks = await LocksAsync(Connection, Connection.ProcessID);
        Dictionary<uint, State> after = await StatesAsync(Connection);
        return Compare(row, before, after, locks);
    }

    // A writer that does not end keeps the statement at its first wait, with its locks taken.
    private async Task<Truth> TakeConcurrentAsync(CorpusRow row)
    {
        Dictionary<uint, State> before = await StatesAsync(Connection);
        await using NpgsqlConnection writer = await _cluster.Primary.OpenConnectionAsync();
        await using NpgsqlConnection runner = await _cluster.Primary.OpenConnectionAsync();
        NpgsqlTransaction transaction = await writer.BeginTransactionAsync();
        await RunAsync(writer, "LOCK TABLE t, plain, loner, r, l, l_a IN ROW EXCLUSIVE MODE; SELECT txid_current()");
        Task running = RunAsync(runner, row.Sql);
        Dictionary<uint, string> locks = [];
        for (var deadline = Environment.TickCount64 + 10_000; !running.IsCompleted && Environment.TickCount64 < deadline;)
        {
            if (await WaitsAsync(runner.ProcessID))
            {
                locks = await LocksAsync(Connection, runner.ProcessID);
                break;
            }
        }

        await transaction.RollbackAsync();
        return await EndAsync(row, running, before, locks);
    }

    private async Task<Truth> EndAsync(CorpusRow row, Task running, Dictionary<uint, State> before, Dictionary<uint, string> locks)
    {
        try
        {
            await running;
            Truth truth = Compare(row, before, before, locks);
            return locks.Count > 0 ? truth : truth with { Outcome = "unseen" };
        }
        catch (PostgresException refused)
        {
            return new Truth(row.Id, refused.SqlState, "", "", "", false);
        }
        finally
        {
            await MakeTablesAsync();
        }
    }

    private async Task<bool> WaitsAsync(int pid)
    {
        await using NpgsqlCommand command = new("SELECT cardinality(pg_blocking_pids($1)) > 0", Connection) { Parameters = { new() { Value = pid } } };
        return await command.ExecuteScalarAsync() is true;
    }

    private static Truth Compare(CorpusRow row, Dictionary<uint, State> before, Dictionary<uint, State> after, Dictionary<uint, string> locks)
    {
        List<State> rewritten = [.. before.Where(one => one.Value.Size > 0 && after.TryGetValue(one.Key, out State? now) && now.File != one.Value.File).Select(one => one.Value)];
        List<State> scanned = [.. before.Where(one => one.Value.Size > 0 && one.Value.Kind != 'i' && after.TryGetValue(one.Key, out State? now) && now.Scans > one.Value.Scans).Select(one => one.Value)];
        List<(State State, string Mode)> taken = [.. locks.Where(one => before.TryGetValue(one.Key, out State? state) && state.Kind is not ('i' or 'I' or 't')).Select(one => (before[one.Key], one.Value))];
        var stopsWrites = taken.Exists(one => one.State.Kind is 'r' or 'p' && Truth.Rank(one.Mode) >= Truth.Rank("ShareLock"));
        return new Truth(
            row.Id, "ok", string.Join(' ', taken.Select(one => $"{one.State.Name.Replace(' ', '_')}={one.Mode}").Order(StringComparer.Ordinal)),
            Names(rewritten), Names(scanned), rewritten.Count > 0 || (scanned.Count > 0 && stopsWrites));
    }

    private static string Names(List<State> states) => string.Join(' ', states.Select(state => state.Name.Replace(' ', '_')).Order(StringComparer.Ordinal));

    private static async Task<Dictionary<uint, State>> StatesAsync(NpgsqlConnection connection)
    {
        await using NpgsqlCommand command = new(StateSql, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        Dictionary<uint, State> states = [];
        while (await reader.ReadAsync())
        {
            states[reader.GetFieldValue<uint>(0)] = new State(reader.GetString(1), reader.GetFieldValue<char>(2), reader.IsDBNull(3) ? 0 : reader.GetFieldValue<uint>(3), reader.GetInt64(4), reader.GetInt64(5));
        }

        return states;
    }

    private static async Task<Dictionary<uint, string>> LocksAsync(NpgsqlConnection connection, int pid)
    {
        await using NpgsqlCommand command = new(LocksSql, connection) { Parameters = { new() { Value = pid } } };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        Dictionary<uint, string> locks = [];
        while (await reader.ReadAsync())
        {
            var (relation, mode) = (reader.GetFieldValue<uint>(0), reader.GetString(1));
            locks[relation] = locks.TryGetValue(relation, out var held) && Truth.Rank(held) > Truth.Rank(mode) ? held : mode;
        }

        return locks;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private sealed record State(string Name, char Kind, uint File, long Scans, long Size);
}
