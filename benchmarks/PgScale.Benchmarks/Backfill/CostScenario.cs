using Npgsql;
using PgScale.Backfill;
using PgScale.Benchmarks.Harness;
using PgScale.Testing;

namespace PgScale.Benchmarks.Backfill;

/// <summary>What a row costs: in a small and a large table, without checkpoints, and when its value is computed in the application.</summary>
internal static class CostScenario
{
    private const int BatchRows = 5_000;

    public static async IAsyncEnumerable<BenchmarkRow> RunAsync(PostgresCluster cluster, BenchmarkRun run)
    {
        var (small, large) = (new Posts(cluster, run.Quick ? 100_000 : 500_000), new Posts(cluster, run.Quick ? 800_000 : 4_000_000));
        await using var application = await BackfilledApplication.StartAsync(cluster, run.CancellationToken);
        var rounds = run with { Rounds = run.Quick ? 2 : 5 };
        var sizes = await new Scenario<double>("cost per row")
            .Side($"{small.Rows:N0} rows", round => PerRowAsync(application, cluster, small, round))
            .Side($"{large.Rows:N0} rows", round => PerRowAsync(application, cluster, large, round))
            .RunAsync(rounds with { Rounds = run.Quick ? 1 : 3 });
        yield return sizes.Row($"cost per row of a batch, {large.Rows:N0} rows", "µs", cost => cost, Goal.RatioAtMost(1.15));

        var bare = await new Scenario<double>("checkpoints")
            .Side("the same ranges without checkpoint and progress", round => RateAsync(cluster, small, round, _ => BareAsync(cluster.Primary, small.Rows, round.CancellationToken)))
            .Side("ControlledBackfill", round => RateAsync(cluster, small, round, times => Fills.RunAsync(application, Fills.Create(BackfillForm.Range), times, round.CancellationToken)))
            .RunAsync(rounds);
        yield return bare.Row("batches with checkpoint and progress", "rows/s", rate => rate, Goal.RatioAtLeast(0.97));

        var computed = await new Scenario<double>("computed in the application")
            .Side("row by row", round => RateAsync(cluster, small, round, _ => ComputedByHand.RunAsync(cluster.Primary, round.CancellationToken)))
            .Side("ControlledBackfill, written back in bulk", round => RateAsync(cluster, small, round, times => Fills.RunAsync(application, Computed(), times, round.CancellationToken)))
            .RunAsync(rounds);
        yield return computed.Row("computed in the application", "rows/s", rate => rate, Goal.RatioAtLeast(1.6));
    }

    // Of the middle of the run: begin and end are the same for every size.
    private static async Task<double> PerRowAsync(BackfilledApplication application, PostgresCluster cluster, Posts posts, Round round)
    {
        var fill = await new FillTurn(cluster, posts).RunAsync(
            round, times => Fills.RunAsync(application, Fills.Create(BackfillForm.Range), times, round.CancellationToken), withUsers: false);
        return fill.Batches.Percentile(50) * 1_000 / BatchRows;
    }

    // From the first batch to the last one: the table is too small for what comes before and after not to count.
    private static async Task<double> RateAsync(PostgresCluster cluster, Posts posts, Round round, Func<BatchTimes, Task<long>> fill)
    {
        var sample = await new FillTurn(cluster, posts).RunAsync(round, fill, withUsers: false);
        return sample.Batches.Elapsed > TimeSpan.Zero ? posts.Rows / sample.Batches.Elapsed.TotalSeconds : sample.RowsPerSecond;
    }

    private static async Task<long> BareAsync(PostgresServer primary, int rows, CancellationToken cancellationToken)
    {
        await using var connection = await primary.OpenConnectionAsync(cancellationToken);
        await using var settings = new NpgsqlCommand("SET synchronous_commit = off; SET jit = off", connection);
        await settings.ExecuteNonQueryAsync(cancellationToken);
        await using var update = new NpgsqlCommand($"UPDATE posts AS t SET priority = {Posts.Expression} WHERE t.id > $1 AND t.id <= $2 AND t.priority IS NULL", connection)
        {
            Parameters = { new() { Value = 0L }, new() { Value = 0L } },
        };
        await update.PrepareAsync(cancellationToken);
        for (var lower = 0L; lower < rows; lower += BatchRows)
        {
            (update.Parameters[0].Value, update.Parameters[1].Value) = (lower, lower + BatchRows);
            await update.ExecuteNonQueryAsync(cancellationToken);
        }

        return rows;
    }

    private static BackfillDefinition Computed()
    {
        var plain = Fills.Create(BackfillForm.Range);
        return new(plain.Name, plain.Table)
        {
            Where = plain.Where,
            Sweep = BackfillSweep.None,
            Pace = plain.Pace,
            Work = async (batch, cancellationToken) =>
            {
                var ids = batch.GetKeys<long>();
                await using var command = new NpgsqlCommand("UPDATE posts SET priority = d.priority FROM unnest($1, $2) AS d(id, priority) WHERE posts.id = d.id", batch.Connection);
                command.Parameters.Add(new() { Value = ids });
                command.Parameters.Add(new() { Value = Array.ConvertAll(ids, ComputedByHand.Compute) });
                return await command.ExecuteNonQueryAsync(cancellationToken);
            },
        };
    }
}
