using PgScale.Samples.Demo.Scenes;
using Spectre.Console;

namespace PgScale.Samples.Demo.View;

/// <summary>The table at the end, and the promises.</summary>
internal static class SummaryView
{
    public static void Write(IAnsiConsole console, DemoSummary summary, TableBorder border)
    {
        console.Write(CreateTable(summary, border));
        var promises = summary.AllPromises;
        foreach (var promise in promises)
        {
            console.Write(promise.IsKept ? new Text("kept    ", new(Color.Green)) : new Text("BROKEN  ", new(Color.Red)));
            console.WriteLine(promise.Text);
        }

        var broken = promises.Count(promise => !promise.IsKept);
        console.WriteLine();
        console.WriteLine(broken == 0
            ? $"All {promises.Count} promises were kept, in {summary.Duration.TotalSeconds:0} s."
            : $"{broken} of {promises.Count} promises were broken, in {summary.Duration.TotalSeconds:0} s.");
    }

    private static Table CreateTable(DemoSummary summary, TableBorder border)
    {
        var table = new Table().Border(border);
        table.AddColumn("Scene");
        foreach (var header in (string[])
            [.. summary.Nodes.Select(node => $"Reads {node}"), "Retried", "Failed", "With token", "Stale", "Writes", "Retried", "Longest pause", "Known after"])
        {
            table.AddColumn(new TableColumn(header).RightAligned());
        }

        foreach (var scene in summary.Scenes)
        {
            table.AddRow(CreateRow(summary, scene));
        }

        return table;
    }

    private static string[] CreateRow(DemoSummary summary, SceneReport scene) =>
    [
        scene.Title,
        .. summary.Nodes.Select(node => $"{scene.Tally.ReadsOn(node)}"),
        $"{scene.Tally.RetriedReads}",
        $"{scene.Tally.FailedReads}",
        $"{scene.Tally.TokenReads}",
        $"{scene.Tally.StaleReads}",
        $"{scene.Tally.Writes}",
        $"{scene.Tally.RetriedWrites}",
        Words.Duration(scene.LongestWritePause),
        scene.KnownAfter is { } known ? Words.Duration(known) : "",
    ];
}
