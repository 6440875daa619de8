using System.Globalization;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace PgScale.Internal;

/// <summary>The <c>pgscale</c> schema: the one place for the tables in which components keep their state. See docs/decisions/0018.</summary>
/// <remarks>Made when it is first needed and the role may; any number of processes may try at once. Otherwise <see cref="Script"/> is run by hand.</remarks>
internal static class PgScaleSchema
{
    /// <summary>Which batches of a <c>LazyWriteBuffer</c> were committed: one row for each writer.</summary>
    internal static readonly SchemaPart FlushedBatch = new(
        "flushed_batch",
        "SELECT, INSERT, UPDATE, DELETE",
        """
        CREATE TABLE pgscale.flushed_batch (
            writer uuid PRIMARY KEY,
            batch bigint NOT NULL,
            is_durable boolean NOT NULL,
            flushed_at timestamptz NOT NULL DEFAULT now()
        ) WITH (fillfactor = 50)
        """);

    /// <summary>Rows that their table refused.</summary>
    internal static readonly SchemaPart DeadLetter = new(
        "dead_letter",
        "INSERT",
        """
        CREATE TABLE pgscale.dead_letter (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            buffer text NOT NULL,
            target text NOT NULL,
            item text NOT NULL,
            sql_state text,
            error text NOT NULL,
            failed_at timestamptz NOT NULL
        )
        """);

    /// <summary>Schema changes: one row for each run of a statement.</summary>
    internal static readonly SchemaPart DdlHistory = new(
        "ddl_history",
        "SELECT, INSERT, UPDATE",
        """
        CREATE TABLE pgscale.ddl_history (
            run uuid PRIMARY KEY,
            statement text NOT NULL,
            plan jsonb NOT NULL,
            migration text,
            position integer NOT NULL DEFAULT 0,
            statements integer,
            checksum text,
            outcome text NOT NULL,
            error text,
            run_by text NOT NULL DEFAULT session_user,
            run_from text NOT NULL,
            started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            ended_at timestamptz
        )
        """);

    /// <summary>Their steps: one row for each step that was begun.</summary>
    internal static readonly SchemaPart DdlHistoryStep = new(
        "ddl_history_step",
        "SELECT, INSERT, UPDATE",
        """
        CREATE TABLE pgscale.ddl_history_step (
            run uuid NOT NULL REFERENCES pgscale.ddl_history ON DELETE CASCADE,
            step integer NOT NULL,
            sql text NOT NULL,
            outcome text NOT NULL,
            attempts integer NOT NULL DEFAULT 1,
            locks jsonb NOT NULL DEFAULT '[]',
            blockers jsonb NOT NULL DEFAULT '[]',
            waited interval NOT NULL DEFAULT '0',
            held interval NOT NULL DEFAULT '0',
            started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            ended_at timestamptz,
            PRIMARY KEY (run, step)
        )
        """);

    /// <summary>One row for each backfill: what it is, and what is wanted of it.</summary>
    internal static readonly SchemaPart Backfill = new(
        "backfill",
        "SELECT, INSERT, UPDATE, DELETE",
        """
        CREATE TABLE pgscale.backfill (
            name text PRIMARY KEY,
            definition text NOT NULL,
            state text NOT NULL,
            reason text NOT NULL DEFAULT '',
            pace text,
            version integer NOT NULL DEFAULT 0,
            rows_estimated bigint NOT NULL,
            stages text[] NOT NULL,
            started_at timestamptz NOT NULL DEFAULT now(),
            ended_at timestamptz
        )
        """);

    /// <summary>How far each range of a backfill is done: the checkpoints.</summary>
    internal static readonly SchemaPart BackfillRange = new(
        "backfill_range",
        "SELECT, INSERT, UPDATE, DELETE",
        """
        CREATE TABLE pgscale.backfill_range (
            name text NOT NULL,
            stage integer NOT NULL,
            number integer NOT NULL,
            epoch bigint NOT NULL DEFAULT 0,
            cursor text[],
            upper text[] NOT NULL,
            stretch_upper text[],
            stripes integer NOT NULL DEFAULT 0,
            stripe integer NOT NULL DEFAULT 0,
            stripe_cursor text[],
            is_done boolean NOT NULL DEFAULT false,
            rows_visited bigint NOT NULL DEFAULT 0,
            rows_changed bigint NOT NULL DEFAULT 0,
            batches bigint NOT NULL DEFAULT 0,
            runner uuid,
            limited_by text NOT NULL DEFAULT '',
            seen_at timestamptz,
            PRIMARY KEY (name, stage, number)
        ) WITH (fillfactor = 40)
        """);

    /// <summary>Rows that a backfill could not change and set aside.</summary>
    internal static readonly SchemaPart BackfillRow = new(
        "backfill_row",
        "SELECT, INSERT, UPDATE, DELETE",
        """
        CREATE TABLE pgscale.backfill_row (
            name text NOT NULL,
            stage integer NOT NULL,
            key text[] NOT NULL,
            sql_state text,
            error text NOT NULL,
            is_waiting boolean NOT NULL,
            failed_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (name, stage, key)
        )
        """);

    private const string AdvisoryLock = "SELECT pg_catalog.pg_advisory_xact_lock(8096423113254827)"; // any number that nobody else has

    private const string VersionTable = """
        CREATE TABLE IF NOT EXISTS pgscale.schema_version (
            part text PRIMARY KEY,
            version integer NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )
        """;

    private static readonly SchemaPart[] Parts = [FlushedBatch, DeadLetter, DdlHistory, DdlHistoryStep, Backfill, BackfillRange, BackfillRow];

    /// <summary>All of it as a script for whoever may create it, with the rights that the application's role needs afterwards.</summary>
    internal static string Script
    {
        get
        {
            var script = new StringBuilder("BEGIN;\n").Append(AdvisoryLock).Append(";\nCREATE SCHEMA IF NOT EXISTS pgscale;\n").Append(VersionTable).Append(";\n");
            foreach (var part in Parts)
            {
                foreach (var step in part.Steps)
                {
                    script.Append(step.Replace("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ", StringComparison.Ordinal)).Append(";\n");
                }

                script.Append(CultureInfo.InvariantCulture, $"INSERT INTO pgscale.schema_version (part, version) VALUES ('{part.Name}', {part.Version}) ON CONFLICT (part) DO UPDATE SET version = greatest(schema_version.version, excluded.version);\n");
            }

            script.Append("-- Replace app by the role of the application.\nGRANT USAGE ON SCHEMA pgscale TO app;\nGRANT SELECT ON pgscale.schema_version TO app;\n");
            foreach (var part in Parts)
            {
                script.Append(CultureInfo.InvariantCulture, $"GRANT {part.Rights} ON pgscale.{part.Name} TO app;\n");
            }

            return script.Append("COMMIT;\n").ToString();
        }
    }

    /// <summary>Makes a part unless it is there in this version or a newer one.</summary>
    /// <param name="connection">A connection to the primary without an open transaction.</param>
    /// <param name="part">The part.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="PostgresException">42501: the role may not; the message says what to do.</exception>
    internal static async Task EnsureAsync(NpgsqlConnection connection, SchemaPart part, CancellationToken cancellationToken)
    {
        if (await ReadVersionAsync(connection, part, cancellationToken).ConfigureAwait(false) >= part.Version)
        {
            return;
        }

        try
        {
            await CreateAsync(connection, part, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new PgScaleSchemaException(part, refused);
        }
    }

    private static async Task CreateAsync(NpgsqlConnection connection, SchemaPart part, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = transaction.ConfigureAwait(false);
        await ExecuteAsync(connection, AdvisoryLock, cancellationToken).ConfigureAwait(false);
        if (!await HasSchemaAsync(connection, cancellationToken).ConfigureAwait(false))
        {
            await ExecuteAsync(connection, "CREATE SCHEMA pgscale", cancellationToken).ConfigureAwait(false);
        }

        await ExecuteAsync(connection, VersionTable, cancellationToken).ConfigureAwait(false);
        var version = await ReadVersionAsync(connection, part, cancellationToken).ConfigureAwait(false);
        foreach (var step in part.Steps.Skip(version))
        {
            await ExecuteAsync(connection, step, cancellationToken).ConfigureAwait(false);
        }

        if (version < part.Version)
        {
            await WriteVersionAsync(connection, part, cancellationToken).ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task<bool> HasSchemaAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("SELECT pg_catalog.to_regnamespace('pgscale') IS NOT NULL", connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private static async Task<int> ReadVersionAsync(NpgsqlConnection connection, SchemaPart part, CancellationToken cancellationToken)
    {
        using var exists = new NpgsqlCommand("SELECT pg_catalog.to_regclass('pgscale.schema_version') IS NOT NULL", connection);
        if (await exists.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not true)
        {
            return 0;
        }

        // A part whose table was dropped is made again.
        const string sql = "SELECT version FROM pgscale.schema_version WHERE part = $1 AND pg_catalog.to_regclass('pgscale.' || part) IS NOT NULL";
        using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(Text(part.Name));
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as int? ?? 0;
    }

    private static async Task WriteVersionAsync(NpgsqlConnection connection, SchemaPart part, CancellationToken cancellationToken)
    {
        const string sql = "INSERT INTO pgscale.schema_version (part, version) VALUES ($1, $2) ON CONFLICT (part) DO UPDATE SET version = excluded.version, applied_at = now()";
        using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(Text(part.Name));
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = part.Version });
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Text };
}
