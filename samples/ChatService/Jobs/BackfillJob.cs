using PgScale.Backfill;

namespace PgScale.Samples.ChatService.Jobs;

/// <summary>Fills <c>messages.importance</c>: each row once, as fast as the replicas follow. Killed, it goes on where it was.</summary>
internal static class BackfillJob
{
    private static readonly BackfillDefinition Importance = new("message-importance", "messages")
    {
        Set = { ["importance"] = "CASE WHEN length(t.body) > 80 THEN 2 ELSE 1 END" },
        Where = "t.importance IS NULL",
    };

    public static async Task RunAsync(string[] args)
    {
        using var job = await JobHost.StartAsync(args);
        var backfill = job.Services.GetRequiredService<ControlledBackfill>();
        var status = await backfill.RunAsync(Importance, new ConsoleProgress<BackfillProgress>(progress => $"{progress.Fraction:P0}, {progress.RowsPerSecond:N0} rows/s"), cancellationToken: job.Stopping);
        Console.WriteLine($"{status.RowsChanged:N0} rows were filled in {status.Batches:N0} batches, {await backfill.CountLeftAsync(Importance, job.Stopping):N0} are left.");
        await job.StopAsync();
    }
}
