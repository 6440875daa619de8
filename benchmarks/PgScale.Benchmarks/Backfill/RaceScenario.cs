using Npgsql;
using PgScale.Backfill;
using PgScale.Benchmarks.Harness;
using PgScale.Testing;

namespace PgScale.Benchmarks.Backfill;

/// <summary>Writers hold a row for a moment before they commit, as transactions do: whose value is in the row afterwards?</summary>
internal static class RaceScenario
{
    private const int Rows = 20_000;
    private const int Writers = 8;

    private static readonly TimeSpan Held = TimeSpan.FromMilliseconds(2);

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresCluster cluster, BenchmarkRun run)
    {
        var posts = new Posts(cluster, Rows);
        await using var application = await BackfilledApplication.StartAsync(cluster, run.CancellationToken);
        var races = await new Scenario<double>("racing writes")
            .Side("the article's loop", round => RunAsync(cluster, posts, round, () => ByHand.ArticleAsync(cluster.Primary, TimeSpan.FromSeconds(30), round.CancellationToken)))
            .Side("ControlledBackfill", round => RunAsync(cluster, posts, round, () => FillAsync(application, round.CancellationToken)))
            .RunAsync(run with { Rounds = run.Quick ? 1 : 3 });
        yield return races.Row("users' values overwritten", "rows", overwritten => overwritten, Goal.AtMost(0), worst: true);
    }

    private static Task<long> FillAsync(BackfilledApplication application, CancellationToken cancellationToken) =>
        Fills.RunAsync(application, Fills.Create(BackfillForm.Range, Fills.Unlimited() with { MaxBatchRows = 500, Nice = 3 }), new(), cancellationToken);

    private static async Task<double> RunAsync(PostgresCluster cluster, Posts posts, Round round, Func<Task<long>> fill)
    {
        await posts.RecreateAsync(round.CancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(round.CancellationToken);
        var writers = Enumerable.Range(0, Writers).Select(number => Task.Run(() => WriteAsync(cluster.Primary, number, stop.Token))).ToList();
        await fill();
        await stop.CancelAsync();
        var written = (await Task.WhenAll(writers)).SelectMany(ids => ids).Distinct().ToArray();
        await using var connection = await cluster.Primary.OpenConnectionAsync(round.CancellationToken);
        await using var command = new NpgsqlCommand("SELECT count(*) FROM posts WHERE id = ANY ($1) AND priority <> -1", connection) { Parameters = { new() { Value = written } } };
        return (long)(await command.ExecuteScalarAsync(round.CancellationToken))!;
    }

    private static async Task<List<long>> WriteAsync(PostgresServer primary, int writer, CancellationToken stop)
    {
        await using var connection = await primary.OpenConnectionAsync(CancellationToken.None);
        var written = new List<long>();
        for (var id = 1L + writer; !stop.IsCancellationRequested; id = 1 + ((id + 1_009) % Rows))
        {
            await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
            await using var update = new NpgsqlCommand("UPDATE posts SET priority = -1 WHERE id = $1", connection) { Parameters = { new() { Value = id } } };
            await update.ExecuteNonQueryAsync(CancellationToken.None);
            await Task.Delay(Held, TimeProvider.System, CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
            written.Add(id);
        }

        return written;
    }
}
