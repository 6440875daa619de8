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
    [Test]
    public async Task Plans_end_in_the_schema_of_the_statement_they_replace()
    {
        await using CorpusDatabase database = await CorpusDatabase.StartAsync(version);
        List<string> problems = [];
        var compared = 0;
        foreach (CorpusRow row in CorpusRow.All.Where(row => row.Expected == DdlVerdict.Planned))
        {
            DdlPlan plan = await new DdlJudge().JudgeAsync(row.Sql, database.Connection, DdlPolicy.Default with { LargestPlainTable = 0 }, CancellationToken.None);
            if (plan.Verdict != DdlVerdict.Planned || await SchemaDump.AfterAsync(database.Connection, row.Sql) is not { } wanted)
            {
                continue; // other tests tell about the verdict; a statement that cannot run has no schema to compare with
            }

            compared++;
            if (await RunAsync(database.Connection, plan) is { } failure)
            {
                problems.Add($"{row}\n    {failure}");
            }
            else if (SchemaDump.Difference(wanted, await SchemaDump.ReadAsync(database.Connection)) is { Length: > 0 } difference)
            {
                problems.Add($"{row}\n{difference}");
            }

            await database.MakeTablesAsync();
        }

        Assert.That(problems, Is.Empty, string.Join('\n', problems));
        Assert.That(compared, Is.GreaterThan(60));
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
            await Executed.ExecuteAsync(connection, step.Statements.Single());
            return;
        }

        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        await Executed.ExecuteAsync(connection, step.Backfill is { } fill ? $"UPDATE {fill.Table} SET {fill.Assignments} WHERE {fill.Remaining}" : step.Sql);
        await transaction.CommitAsync();
    }
}
