using PgScale.Backfill;
using PgScale.Cluster;

namespace PgScale.IntegrationTests.Backfill;

/// <summary>Runs a backfill that must not be applied twice, as a process that can be killed.</summary>
internal static class BackfillOfAChild
{
    internal static BackfillDefinition Definition(string table, long? rowsPerSecond = null) => new(table, table)
    {
        Set = { ["v"] = "t.v + 1" },
        Ranges = 2,
        // Slow enough that a run outlives the kills on a fast machine too.
        Pace = new() { BatchTime = TimeSpan.FromMilliseconds(5), MaxBatchRows = 300, MaxRowsPerSecond = rowsPerSecond },
    };

    internal static async Task RunAsync(string table, string[] connectionStrings)
    {
        await using var filled = await Filled.StartAsync(connectionStrings.Select((text, index) => new NodeOptions { Name = $"node{index}", ConnectionString = text }));
        await Console.Out.WriteLineAsync("running");
        var status = await filled.Backfill.RunAsync(Definition(table, rowsPerSecond: 3_000), progress: null, new() { Joins = true, Workers = 2 });
        await Console.Out.WriteLineAsync(status.State.ToString());
    }
}
