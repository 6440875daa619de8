using Npgsql;
using NpgsqlTypes;
using PgScale.Ddl.Text;

namespace PgScale.Ddl.Server;

/// <summary>
/// Tries a change on an empty temporary copy of a table, so that the server itself says whether it would write or read the table: which
/// casts and defaults need that, and what a CHECK proves, is decided by its own code. Never touches the table and is rolled back.
/// </summary>
internal sealed class TableProbe(NpgsqlConnection connection, CancellationToken cancellationToken)
{
    private const string Copy = "pg_temp.pgscale_probe";
    private const string Savepoint = "pgscale_probe";

    private const string StateSql = """
        SELECT c.relfilenode, pg_catalog.pg_stat_get_xact_numscans(c.oid),
               ARRAY(SELECT i.relfilenode FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
                     WHERE x.indrelid = c.oid ORDER BY i.relname)
        FROM pg_catalog.pg_class c WHERE c.oid = 'pg_temp.pgscale_probe'::pg_catalog.regclass
        """;

    /// <summary>Runs <c>ALTER TABLE copy</c> with an action that names no other table.</summary>
    public Task<ProbeResult> TryAsync(RelationFacts table, string action) => InSavepointAsync(async () =>
    {
        await MakeCopyAsync(table).ConfigureAwait(false);
        ProbeState before = await StateAsync().ConfigureAwait(false);
        await RunAsync($"ALTER TABLE {Copy} {action}").ConfigureAwait(false);
        ProbeState after = await StateAsync().ConfigureAwait(false);
        int[] rebuilt = [.. Enumerable.Range(0, before.Indexes.Length).Where(index => index >= after.Indexes.Length || before.Indexes[index] != after.Indexes[index])];
        return new ProbeResult(before.File != after.File, after.Scans > before.Scans, rebuilt, null);
    });

    /// <summary>Whether a table with these constraints can become a partition without being read, or the default partition can make room for it.</summary>
    public Task<ProbeResult> TryAttachAsync(RelationFacts parent, RelationFacts child, string bound, RelationFacts? defaultPartition) => InSavepointAsync(async () =>
    {
        await MakePartitionedAsync(parent).ConfigureAwait(false);
        await MakeSiblingsAsync(parent).ConfigureAwait(false);
        await MakeCopyAsync(child, withIndexes: false).ConfigureAwait(false);
        if (defaultPartition is not null)
        {
            await MakeCopyAsync(defaultPartition, "pg_temp.pgscale_probe_default", withIndexes: false).ConfigureAwait(false);
            await RunAsync("ALTER TABLE pg_temp.pgscale_probe_parent ATTACH PARTITION pg_temp.pgscale_probe_default DEFAULT").ConfigureAwait(false);
        }

        var before = await ScansAsync(defaultPartition is not null).ConfigureAwait(false);
        await RunAsync($"ALTER TABLE pg_temp.pgscale_probe_parent ATTACH PARTITION {Copy} {bound}").ConfigureAwait(false);
        var after = await ScansAsync(defaultPartition is not null).ConfigureAwait(false);
        return new ProbeResult(false, after.Child > before.Child, after.Default > before.Default ? [0] : [], null);
    });

    /// <summary>The condition that rows within a bound meet, as the server writes it; null when it cannot say. That of DEFAULT depends on the siblings.</summary>
    public async Task<string?> BoundConditionAsync(RelationFacts parent, string bound, bool withSiblings = false)
    {
        string? condition = null;
        await InSavepointAsync(async () =>
        {
            await MakePartitionedAsync(parent).ConfigureAwait(false);
            if (withSiblings)
            {
                await MakeSiblingsAsync(parent).ConfigureAwait(false);
            }

            await RunAsync($"CREATE TEMP TABLE pgscale_probe_part PARTITION OF pg_temp.pgscale_probe_parent {bound}").ConfigureAwait(false);
            condition = await new CatalogReader(connection, cancellationToken).ScalarAsync<string>(
                "SELECT pg_catalog.pg_get_partition_constraintdef('pg_temp.pgscale_probe_part'::pg_catalog.regclass)").ConfigureAwait(false);
            return new ProbeResult(false, false, [], null);
        }).ConfigureAwait(false);
        return condition;
    }

    private async Task<ProbeResult> InSavepointAsync(Func<Task<ProbeResult>> body)
    {
        await RunAsync($"SAVEPOINT {Savepoint}").ConfigureAwait(false);
        try
        {
            return await body().ConfigureAwait(false);
        }
        catch (PostgresException refused) when (refused.SqlState is not ("57014" or "57P01"))
        {
            return new ProbeResult(true, true, [], refused.MessageText);
        }
        finally
        {
            await RunAsync($"ROLLBACK TO SAVEPOINT {Savepoint}; RELEASE SAVEPOINT {Savepoint}").ConfigureAwait(false);
        }
    }

    private async Task MakeCopyAsync(RelationFacts table, string name = Copy, bool withIndexes = true)
    {
        await RunAsync($"CREATE TEMP TABLE {SqlNames.Quote(name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..])} ({Columns(table)})").ConfigureAwait(false);
        foreach (ConstraintFacts check in table.Constraints.Where(constraint => constraint.Kind == 'c' && Holds(constraint, table)))
        {
            await RunAsync($"ALTER TABLE {name} ADD CONSTRAINT {SqlNames.Quote(check.Name)} {check.Definition}").ConfigureAwait(false);
        }

        if (withIndexes)
        {
            await MakeIndexesAsync(table).ConfigureAwait(false);
        }
    }

    // A check that children do not inherit proves nothing about them.
    private static bool Holds(ConstraintFacts check, RelationFacts table) =>
        table.Descendants.Count == 0 || !check.Definition.Contains("NO INHERIT", StringComparison.Ordinal);

    private async Task MakeIndexesAsync(RelationFacts table)
    {
        for (var number = 0; number < table.Indexes.Count; number++)
        {
            IndexFacts index = table.Indexes[number];
            var unique = index.Unique ? "UNIQUE " : "";
            await RunAsync($"CREATE {unique}INDEX pgscale_probe_{number:D4} ON {Copy} {IndexText.Behind(index.Definition)}").ConfigureAwait(false);
        }
    }

    private Task MakePartitionedAsync(RelationFacts parent) =>
        RunAsync($"CREATE TEMP TABLE pgscale_probe_parent ({Columns(parent)}) PARTITION BY {parent.PartitionKey}");

    // Bounds that overlap are an error, and what a default partition may hold depends on the others.
    private async Task MakeSiblingsAsync(RelationFacts parent)
    {
        RelationFacts[] siblings = [.. parent.Descendants.Where(child => child.ParentOid == parent.Oid && child.Bound is not ("" or "DEFAULT"))];
        for (var number = 0; number < siblings.Length; number++)
        {
            await RunAsync($"CREATE TEMP TABLE pgscale_probe_part_{number:D4} PARTITION OF pg_temp.pgscale_probe_parent {siblings[number].Bound}").ConfigureAwait(false);
        }
    }

    private static string Columns(RelationFacts table) => string.Join(", ", table.Columns.Select(column =>
        $"{SqlNames.Quote(column.Name)} {column.Type}{(column.Collation.Length > 0 ? " COLLATE " + column.Collation : "")}"
        + (column.Generated == 's' ? $" GENERATED ALWAYS AS ({column.Default}) STORED" : "")
        + (column.NotNull ? " NOT NULL" : "")));

    private async Task<ProbeState> StateAsync()
    {
        using NpgsqlCommand command = new(StateSql, connection);
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            return new ProbeState(row.GetFieldValue<uint>(0), row.GetInt64(1), row.GetFieldValue<uint[]>(2));
        }
    }

    private async Task<(long Child, long Default)> ScansAsync(bool hasDefault)
    {
        const string Sql = "SELECT pg_catalog.pg_stat_get_xact_numscans(pg_catalog.to_regclass($1))";
        CatalogReader catalog = new(connection, cancellationToken);
        var child = await catalog.ScalarAsync<long>(Sql, (Copy, NpgsqlDbType.Text)).ConfigureAwait(false);
        return (child, hasDefault ? await catalog.ScalarAsync<long>(Sql, ("pg_temp.pgscale_probe_default", NpgsqlDbType.Text)).ConfigureAwait(false) : 0);
    }

    private async Task RunAsync(string sql)
    {
        using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private sealed record ProbeState(uint File, long Scans, uint[] Indexes);
}
