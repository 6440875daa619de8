using PgScale.Benchmarks.Harness;
using PgScale.Ddl;
using PgScale.Testing;
using PgScale.Tests.Corpus;

namespace PgScale.Benchmarks.Ddl;

/// <summary>The judge against what the server did with each statement of the corpus.</summary>
internal static class CorpusRows
{
    private const string Database = "corpus";
    private const string NotRelations = "PGS024"; // what cannot run takes no locks

    // Whether a table is empty, or there at all, is not in the text.
    private static readonly string[] Unknowable = ["empty", "hollow", "nothing", "missing"];

    public static async IAsyncEnumerable<BenchmarkRow> MeasureAsync(PostgresServer server, BenchmarkRun run)
    {
        run.Progress($"judging {CorpusRow.All.Count} statements");
        var version = await server.ScalarAsync<int>("SELECT current_setting('server_version_num')::int / 10000", run.CancellationToken);
        var truth = Truth.Read(File.Exists(Truth.FileFor(version)) ? version : 15);
        var plans = await JudgeAsync(server, run.CancellationToken);
        var texts = CorpusRow.All.ToDictionary(row => row.Id, row => SafeDdlExecutor.AnalyzeText(row.Sql), StringComparer.Ordinal);
        var dangerous = CorpusRow.All.Where(row => truth[row.Id].Dangerous).ToList();
        var count = $"corpus of {CorpusRow.All.Count} statements";
        yield return Row(run, $"{count}: dangerous called safe, of {dangerous.Count}", "statements", Goal.AtMost(0), dangerous.Count(row => plans[row.Id].Verdict == DdlVerdict.Safe));
        yield return Row(run, $"{count}: dangerous called safe by the text alone", "statements", Goal.AtMost(0), dangerous.Count(row => texts[row.Id].Verdict == DdlVerdict.Safe));
        yield return Row(run, $"{count}: verdict exact, with a database", "%", Goal.AtLeast(98), Percent(CorpusRow.All, row => plans[row.Id].Verdict == row.Expected));
        yield return Row(
            run, $"{count}: safe or not, by the text alone", "%", Goal.AtLeast(90),
            Percent([.. CorpusRow.All.Where(row => !Unknowable.Any(word => row.Sql.Contains(word, StringComparison.Ordinal)))], row => (texts[row.Id].Verdict == DdlVerdict.Safe) == (row.Expected == DdlVerdict.Safe)));
        yield return Row(
            run, $"{count}: strongest lock exact", "%", Goal.AtLeast(99),
            Percent([.. CorpusRow.All.Where(row => IsCompared(plans[row.Id], truth[row.Id]))], row => Strongest(plans[row.Id]) == truth[row.Id].Strongest));
    }

    private static BenchmarkRow Row(BenchmarkRun run, string measure, string unit, Goal goal, double value) =>
        new ScenarioOutcome<double>(run.Room, [("SafeDdlExecutor", [value])]).Row(measure, unit, figure => figure, goal);

    private static double Percent(IReadOnlyList<CorpusRow> rows, Func<CorpusRow, bool> isRight) => 100.0 * rows.Count(isRight) / rows.Count;

    private static bool IsCompared(DdlPlan plan, Truth truth) =>
        truth.Outcome == "ok" && plan.Command is not null && !plan.Rules.Contains(NotRelations, StringComparer.Ordinal) && plan.Locks.Count + truth.Locks.Length > 0;

    // The truth leaves indexes out.
    private static string Strongest(DdlPlan plan) => plan.Locks
        .Where(taken => !taken.Relation.Contains("_idx", StringComparison.Ordinal) && !taken.Relation.Contains("lower", StringComparison.Ordinal))
        .Select(taken => taken.ServerMode).OrderByDescending(Truth.Rank).FirstOrDefault("");

    private static async Task<Dictionary<string, DdlPlan>> JudgeAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        await server.ExecuteAsync($"CREATE DATABASE {Database}", cancellationToken);
        await using (var connection = new Npgsql.NpgsqlConnection(server.GetConnectionString(Database)))
        {
            await connection.OpenAsync(cancellationToken);
            await using var schema = new Npgsql.NpgsqlCommand(await File.ReadAllTextAsync(Path.Combine(CorpusRow.Folder, "schema.sql"), cancellationToken), connection);
            await schema.ExecuteNonQueryAsync(cancellationToken);
        }

        // No table is small, so that every danger counts.
        await using var application = await DdlApplication.StartAsync(
            [server], cancellationToken, options => (options.ConnectionString, options.Policy) = (server.GetConnectionString(Database), new() { LargestPlainTable = 0 }));
        var plans = new Dictionary<string, DdlPlan>(StringComparer.Ordinal);
        await foreach (var plan in application.Executor.AnalyzeAllAsync(CorpusRow.All.Select(row => row.Sql), cancellationToken))
        {
            plans[CorpusRow.All[plans.Count].Id] = plan;
        }

        return plans;
    }
}
