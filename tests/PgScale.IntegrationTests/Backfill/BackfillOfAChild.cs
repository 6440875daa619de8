using PgScale.Backfill;
using PgScale.Cluster;

namespace PgScale.IntegrationTests.Backfill;

/// <summary>Runs a backfill that must not be applied twice, as a process that can be killed.</summary>
internal static class BackfillOfAChild
{
    internal static BackfillDefinition Definition(string table) => new(table, table)
    {
        Set = { ["v"] = "t.v + 1" },
        Ranges = 2,
        Pace = new() { BatchTime = TimeSpan.FromMilliseconds(5), MaxBatchRows = 300 },
    };

    internal static async Task RunAsync(string table, string[] connectionStrings)
    {
        await using var filled = await Filled.StartAsync(connectionStrings.Select((text, index) => new NodeOptions { Name = $"node{index}", ConnectionString = text }));
        await Console.Out.WriteLineAsync("running");
        var status = await filled.Backfill.RunAsync(Definition(table), progress: null, new() { Joins = true, Workers = 2 });
        await Console.Out.WriteLineAsync(status.State.ToString());
    }
}
