using System.Diagnostics;
using PgScale.Benchmarks.Harness;
using PgScale.Buffering;
using PgScale.Testing;

namespace PgScale.Benchmarks.Buffering;

/// <summary>One bad row among 10,000, of many kinds and at another place in each round, beside a clean flush.</summary>
internal sealed class PoisonScenario(PostgresServer server, LazyWriteBuffer<PoisonRow> buffer)
{
    private const int Rows = 10_000;
    private const int CleanStatements = 2; // the COPY, and the lock of the table under which types are compared
    private const int MostOfHalving = 29; // 2 log2 n + 1 COPYs, and the dead letter

    private const string TableSql = """
        CREATE TABLE parent (id bigint PRIMARY KEY);
        INSERT INTO parent VALUES (1);
        CREATE TABLE poison (
            id bigint PRIMARY KEY, text varchar(100) NOT NULL, level integer CHECK (level >= 0), parent bigint REFERENCES parent, data jsonb,
            late bigint UNIQUE DEFERRABLE INITIALLY DEFERRED)
        """;

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresServer server, BenchmarkRun run)
    {
        await server.ExecuteAsync(TableSql, run.CancellationToken);
        await using var application = await BufferedApplication.StartAsync(
            server.ConnectionString,
            builder => builder.AddLazyWriteBuffer<PoisonRow>(Map, options => (options.FlushInterval, options.MaxConnections) = (TimeSpan.FromMinutes(1), 1)),
            run.CancellationToken);
        await server.ConfigureAsync("log_statement", "all", run.CancellationToken); // to count those that fail, too
        var outcome = await new PoisonScenario(server, application.Get<PoisonRow>()).MeasureAsync(run);
        await server.ConfigureAsync("log_statement", null, run.CancellationToken);
        foreach (var (kind, (_, isNamed)) in PoisonRow.Kinds)
        {
            yield return outcome.Row($"one bad row in 10,000 ({kind}): time of the flush", "ms", sample => sample.Milliseconds, Goal.RatioAtMost(2.5), kind);
            yield return outcome.Row($"one bad row in 10,000 ({kind}): statements, of which a clean flush has {CleanStatements}", "1", sample => sample.Statements, Goal.AtMost(CleanStatements + (isNamed ? 3 : MostOfHalving)), kind, worst: true);
        }

        yield return Lost(outcome, run);
    }

    private static BenchmarkRow Lost(ScenarioOutcome<PoisonSample> outcome, BenchmarkRun run)
    {
        var lost = PoisonRow.Kinds.Keys.Sum(kind => outcome.Row("rows lost", "rows", sample => sample.Lost, Goal.None, kind, worst: true).Value);
        return new ScenarioOutcome<double>(run.Room, [("LazyWriteBuffer", [lost])]).Row("one bad row in 10,000: other rows lost, all kinds", "rows", rows => rows, Goal.AtMost(0));
    }

    private static void Map(LazyWriteBufferBuilder<PoisonRow> to) => to.AppendTo("poison")
        .Column("id", row => row.Throws ? throw new InvalidOperationException("the selector throws") : row.Id)
        .Column("text", row => row.Text)
        .Column("level", row => row.Level)
        .Column("parent", row => row.Parent)
        .Column("data", row => row.Data)
        .Column("late", row => row.Late);

    private Task<ScenarioOutcome<PoisonSample>> MeasureAsync(BenchmarkRun run)
    {
        var scenario = new Scenario<PoisonSample>("one bad row").Side("a clean flush", round => FlushAsync(null, round));
        foreach (var (kind, (row, _)) in PoisonRow.Kinds)
        {
            scenario.Side(kind, round => FlushAsync(row, round));
        }

        return scenario.RunAsync(run with { Rounds = run.Quick ? 3 : 7 });
    }

    private async Task<PoisonSample> FlushAsync(PoisonRow? bad, Round round)
    {
        await server.ExecuteAsync("TRUNCATE poison", round.CancellationToken);
        await server.ExecuteAsync("INSERT INTO poison (id, text, late) VALUES (-7, 'was there', -1)", round.CancellationToken);
        await server.ExecuteAsync("TRUNCATE pgscale.dead_letter", round.CancellationToken);
        var logged = new FileInfo(server.LogFile).Length;
        var place = (round.Number * 3_571) % Rows;
        var started = Stopwatch.GetTimestamp();
        for (var row = 0; row < Rows; row++)
        {
            buffer.TryEnqueue(row == place && bad is not null ? bad with { Id = bad.Id == 0 ? row + 1 : bad.Id } : new(row + 1));
        }

        await buffer.FlushAsync(round.CancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(started);
        return new(elapsed.TotalMilliseconds, await StatementsAsync(logged, round), await LostAsync(bad is not null, round));
    }

    private async Task<double> LostAsync(bool isBad, Round round)
    {
        var written = await server.ScalarAsync<long>("SELECT count(*) FROM poison WHERE id > 0", round.CancellationToken);
        var letters = await server.ScalarAsync<long>("SELECT count(*) FROM pgscale.dead_letter", round.CancellationToken);
        var bad = isBad ? 1 : 0;
        return Math.Abs(Rows - bad - written) + Math.Abs(bad - letters);
    }

    private async Task<int> StatementsAsync(long from, Round round)
    {
        await using var log = new FileStream(server.LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        log.Position = from;
        using var reader = new StreamReader(log);
        var lines = (await reader.ReadToEndAsync(round.CancellationToken)).Split('\n');
        return lines.Count(line => line.Contains("LOG:  ", StringComparison.Ordinal)
            && (line.Contains("COPY \"poison\"", StringComparison.Ordinal) || line.Contains("INTO \"poison\"", StringComparison.Ordinal)
                || line.Contains("INSERT INTO pgscale.dead_letter", StringComparison.Ordinal)
                || line.Contains("SELECT c.contype", StringComparison.Ordinal) || line.Contains("SELECT given.place", StringComparison.Ordinal)));
    }
}
