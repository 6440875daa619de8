using Npgsql;

namespace PgScale.Samples.Demo.Scenes;

/// <summary>The busiest table gets a column, a NOT NULL and an index, and one more column in the naive way, while a report reads it.</summary>
internal sealed class SchemaChanged : IScene
{
    private const int Better = 2;

    private static readonly TimeSpan Report = TimeSpan.FromSeconds(2);

    public string Title => "schema changes";

    public async Task PlayAsync(Stage stage, CancellationToken cancellationToken)
    {
        stage.Say($"a report keeps a transaction open on messages for {Words.Duration(Report)}; meanwhile the table gets a column");
        await WhileReportedAsync(stage, () => ChangeAsync(stage, "ALTER TABLE messages ADD COLUMN language text DEFAULT 'en'", cancellationToken), cancellationToken);
        await ChangeAsync(stage, "ALTER TABLE messages ALTER COLUMN language SET NOT NULL", cancellationToken);
        await ChangeAsync(stage, "CREATE INDEX messages_author ON messages (author_id)", cancellationToken);
        var ours = stage.Tally.LongestPause;

        stage.Say("the naive way: the same report, and a plain ALTER TABLE that waits in the lock queue");
        await WhileReportedAsync(stage, () => stage.Servers.Primary.ExecuteAsync("ALTER TABLE messages ADD COLUMN mood text", cancellationToken), cancellationToken);
        await stage.UntilReadsAsync(200, cancellationToken);
        var naive = stage.Tally.LongestPause;
        stage.Report.Promise(
            $"a column, a NOT NULL and an index: no message waited for longer than {Words.Duration(ours)}; the naive column alone held all up for {Words.Duration(naive)}",
            ours * Better < naive);
    }

    private static async Task ChangeAsync(Stage stage, string sql, CancellationToken cancellationToken)
    {
        var startedAt = stage.Now;
        var run = await stage.Chat.Schema.ExecuteAsync(sql, cancellationToken: cancellationToken);
        stage.Say($"{sql}: {run.Steps.Count} {(run.Steps.Count == 1 ? "step" : "steps")} in {Words.Duration(stage.SinceThen(startedAt))}");
    }

    private static async Task WhileReportedAsync(Stage stage, Func<Task> act, CancellationToken cancellationToken)
    {
        await using var connection = await stage.Servers.Primary.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var report = new NpgsqlCommand("SELECT body FROM messages LIMIT 1", connection);
        await report.ExecuteNonQueryAsync(cancellationToken);
        var acting = act();
        await stage.PauseAsync(Report, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await acting;
    }
}
