using System.Diagnostics;
using PgScale.Benchmarks.Harness;
using PgScale.Testing;

namespace PgScale.Benchmarks.Backfill;

/// <summary>One turn of one side: a fresh table, users, a look at the replica, and the fill.</summary>
internal sealed class FillTurn(PostgresCluster cluster, Posts posts)
{
    public async Task<FillSample> RunAsync(Round round, Func<BatchTimes, Task<long>> fill, bool isWhole = true, bool withUsers = true)
    {
        await posts.RecreateAsync(round.CancellationToken);
        var before = await posts.MeasureAsync(round.CancellationToken);
        await using var users = withUsers ? new Foreground(cluster.Primary, posts.Rows) : null;
        await using var lag = new LagSampler(cluster.Primary, cluster.Replicas[0]);
        var batches = new BatchTimes();
        var started = Stopwatch.GetTimestamp();
        var rows = await fill(batches);
        var elapsed = Stopwatch.GetElapsedTime(started);
        var lagged = await lag.StopAsync();
        var writes = users is null ? null! : await users.StopAsync();
        var after = await posts.MeasureAsync(round.CancellationToken);
        if (isWhole)
        {
            await posts.RequireFilledAsync(round.CancellationToken);
        }

        return new(rows / elapsed.TotalSeconds, before, after, writes, lagged, batches);
    }
}
