using Npgsql;
using PgScale.Ddl;
using PgScale.Ddl.Judgement;
using PgScale.IntegrationTests.Cluster;
using PgScale.Tests.Corpus;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>Every plan of the corpus is run, and ends in the schema of the statement that it replaces.</summary>
[TestFixtureSource(typeof(EveryVersion), nameof(EveryVersion.Usual))]
internal sealed class PlanTests(int? version)
{
    // Names, not numbers: a column that was made anew stands last.
    private const string SchemaSql = """
        SELECT concat_ws(' ', 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid), a.attcollation)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated, condeferrable, condeferred, connoinherit)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid), indisvalid, indisprimary) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relname <> 'plain_invalid'
        UNION ALL SELECT concat_ws(' ', 'relation', relname, relkind, relpersistence) FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', 'sequence', s.seqrelid::regclass, format_type(s.seqtypid, NULL), s.seqincrement, d.refobjid::regclass, a.attname, d.deptype)
        FROM pg_sequence s LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.refobjsubid > 0 LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        UNION ALL SELECT concat_ws(' ', 'trigger', tgrelid::regclass, tgname) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT concat_ws(' ', 'function', oid::regprocedure) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', 'child', inhrelid::regclass, 'of', inhparent::regclass) FROM pg_inherits
        ORDER BY 1
        """;

    [Test]
    public async Task Plans_end_in_the_schema_of_the_statement_they_replace()
    {
        await using CorpusDatabase database = await CorpusDatabase.StartAsync(version);
        List<string> problems = [];
        var compared = 0;
        foreach (CorpusRow row in CorpusRow.All.Where(row => row.Expected == DdlVerdict.Planned))
        {
            DdlPlan plan = await new DdlJudge().JudgeAsync(row.Sql, database.Connection, DdlPolicy.Default with { LargestPlainTable = 0 }, CancellationToken.None);
            if (plan.Verdict != DdlVerdict.Planned || await AfterStatementAsync(database.Connection, row.Sql) is not { } wanted)
            {
                continue; // other tests tell about the verdict; a statement that cannot run has no schema to compare with
            }

            compared++;
            if (await RunAsync(database.Connection, plan) is { } failure)
            {
                problems.Add($"{row}\n    {failure}");
            }
            else if (Difference(wanted, await SchemaAsync(database.Connection)) is { Length: > 0 } difference)
            {
                problems.Add($"{row}\n{difference}");
            }

            await database.MakeTablesAsync();
        }

        Assert.That(problems, Is.Empty, string.Join('\n', problems));
        Assert.That(compared, Is.GreaterThan(60));
    }

    private static async Task<List<string>?> AfterStatementAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        try
        {
            await ExecuteAsync(connection, sql);
            return await SchemaAsync(connection);
        }
        catch (PostgresException)
        {
            return null;
        }
    }

    private static async Task<string?> RunAsync(NpgsqlConnection connection, DdlPlan plan)
    {
        foreach (DdlStep step in plan.Steps)
        {
            try
            {
                await RunAsync(connection, step);
            }
            catch (PostgresException failure)
            {
                return $"{failure.MessageText} in {step.Sql}";
            }
        }

        return null;
    }

    private static async Task RunAsync(NpgsqlConnection connection, DdlStep step)
    {
        if (step.Kind == DdlStepKind.OutsideTransaction)
        {
            await ExecuteAsync(connection, step.Statements.Single());
            return;
        }

        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        await ExecuteAsync(connection, step.Backfill is { } fill ? $"UPDATE {fill.Table} SET {fill.Assignments} WHERE {fill.Remaining}" : step.Sql);
        await transaction.CommitAsync();
    }

    private static string Difference(List<string> wanted, List<string> got) =>
        string.Join('\n', wanted.Except(got, StringComparer.Ordinal).Select(line => "    - " + line).Concat(got.Except(wanted, StringComparer.Ordinal).Select(line => "    + " + line)));

    private static async Task<List<string>> SchemaAsync(NpgsqlConnection connection)
    {
        await using NpgsqlCommand command = new(SchemaSql, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        List<string> lines = [];
        while (await reader.ReadAsync())
        {
            lines.Add(reader.GetString(0));
        }

        return lines;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
