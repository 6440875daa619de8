using PgScale.Samples.ChatService.Demo.Servers;
using PgScale.Testing;

namespace PgScale.Samples.ChatService.Demo.Scenes;

/// <summary>A column is added to the largest table while somebody's report reads it, and is then filled.</summary>
internal sealed class ColumnAdded : IScene
{
    private const string ReportSql = "BEGIN; SELECT count(*) FROM messages; SELECT pg_sleep(3); COMMIT";
    private const string PlainSql = "ALTER TABLE messages ADD COLUMN importance smallint DEFAULT 1";
    private const string LeftSql = "SELECT count(*) FROM messages WHERE importance IS NULL";

    public string Title => "column added";

    public async Task<IReadOnlyList<Promise>> PlayAsync(Stage stage, CancellationToken cancellationToken)
    {
        stage.Say("without: ALTER TABLE while a report of 3 s reads the table");
        await BehindReportAsync(stage, ChatServers.Without, () => ExecuteAsync(stage.Servers.Primary, ChatServers.Without, PlainSql, cancellationToken), cancellationToken);

        stage.Say("with: the job 'migrate' while such a report reads the table");
        stage.Release.AddNext();
        await BehindReportAsync(stage, ChatServers.With, () => RunJobAsync(stage, "migrate", cancellationToken), cancellationToken);
        await RunJobAsync(stage, "backfill", cancellationToken);
        var left = await stage.Servers.Primary.ScalarAsync<long>(LeftSql, cancellationToken);

        var (naive, ours) = (stage.Without.Longest, stage.With.Longest);
        return
        [
            new($"the longest request took less than half of what it takes behind a plain ALTER TABLE ({Words.Duration(ours)}, {Words.Duration(naive)})", ours * 2 < naive),
            new($"the new column is filled on all rows ({left:N0} left)", left == 0),
            new($"nobody's request failed ({stage.With.Failed:N0})", stage.With.Failed == 0),
        ];
    }

    private static async Task BehindReportAsync(Stage stage, string database, Func<Task> change, CancellationToken cancellationToken)
    {
        var report = ExecuteAsync(stage.Servers.Primary, database, ReportSql, cancellationToken);
        await stage.UntilRequestsAsync(count: 20, cancellationToken);
        await change();
        await report;
    }

    private static async Task RunJobAsync(Stage stage, string job, CancellationToken cancellationToken)
    {
        var startedAt = stage.Time.GetTimestamp();
        var last = await ServiceJob.RunAsync(job, stage.Servers.ConfigurationWith(stage.Release), stage.Time, cancellationToken);
        stage.Say($"{job}: {last} ({Words.Duration(stage.Time.GetElapsedTime(startedAt))})");
    }

    private static async Task ExecuteAsync(PostgresServer server, string database, string sql, CancellationToken cancellationToken)
    {
        await using var connection = new Npgsql.NpgsqlConnection(server.GetConnectionString(database));
        await connection.OpenAsync(cancellationToken);
        await using var command = new Npgsql.NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
