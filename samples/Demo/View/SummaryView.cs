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
        var table = new Table().Border(border).AddColumn("What the application saw", column => column.NoWrap());
        foreach (var scene in summary.Scenes)
        {
            table.AddColumn(new TableColumn(scene.Title).RightAligned());
        }

        foreach (var (label, value) in Rows(summary.Nodes))
        {
            table.AddRow([label, .. summary.Scenes.Select(value)]);
        }

        return table;
    }

    private static IEnumerable<(string Label, Func<SceneReport, string> Value)> Rows(IReadOnlyList<string> nodes) =>
    [
        .. nodes.Select(node => ($"reads answered by {node}", new Func<SceneReport, string>(scene => $"{scene.Tally.ReadsOn(node):N0}"))),
        ("reads that needed a second try", scene => $"{scene.Tally.RetriedReads:N0}"),
        ("reads that failed", scene => $"{scene.Tally.FailedReads:N0}"),
        ("99 of 100 reads took at most", scene => Words.Duration(scene.ReadTime99)),
        ("reads with a token", scene => $"{scene.Tally.TokenReads:N0}"),
        ("- answered by a replica", scene => $"{scene.Tally.TokenReadsOnReplicas:N0}"),
        ("- stale", scene => $"{scene.Tally.StaleReads:N0}"),
        ("- of a write lost in failover", scene => $"{scene.Tally.LostReads:N0}"),
        ("writes confirmed", scene => $"{scene.Tally.Writes:N0}"),
        ("writes that needed a second try", scene => $"{scene.Tally.RetriedWrites:N0}"),
        ("longest pause of writes", scene => Words.Duration(scene.LongestWritePause)),
        ("the monitor knew after", scene => scene.KnownAfter is { } known ? Words.Duration(known) : "-"),
    ];
}
