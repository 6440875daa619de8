using PgScale.Samples.ChatService.Demo.Measures;
using PgScale.Samples.ChatService.Demo.Traffic;
using Spectre.Console;

namespace PgScale.Samples.ChatService.Demo.View;

/// <summary>Two tables and the promises.</summary>
internal static class SummaryView
{
    public static void Write(IAnsiConsole console, DemoSummary summary, TableBorder border)
    {
        console.Write(CostTable(summary, border));
        console.Write(SceneTable(summary, border));
        foreach (var promise in summary.Promises)
        {
            console.Write(promise.IsKept ? new Text("kept    ", new(Color.Green)) : new Text("BROKEN  ", new(Color.Red)));
            console.WriteLine(promise.Text);
        }

        var broken = summary.Promises.Count(promise => !promise.IsKept);
        console.WriteLine();
        console.WriteLine(broken == 0
            ? $"All {summary.Promises.Count} promises were kept, in {summary.Duration.TotalSeconds:0} s."
            : $"{broken} of {summary.Promises.Count} promises were broken, in {summary.Duration.TotalSeconds:0} s.");
    }

    private static Table CostTable(DemoSummary summary, TableBorder border)
    {
        var table = new Table().Border(border).AddColumn("The same requests").AddColumn(new TableColumn("without").RightAligned()).AddColumn(new TableColumn("with").RightAligned());
        foreach (var (label, value) in CostRows())
        {
            table.AddRow(label, value(summary.Without), value(summary.With));
        }

        return table;
    }

    private static IEnumerable<(string Label, Func<SideCost, string> Value)> CostRows() =>
    [
        ("requests", cost => $"{cost.Requests:N0}"),
        ("requests failed", cost => $"{cost.Tally.Failed:N0}"),
        ("statements on the primary for each", cost => $"{cost.StatementsPerRequest:0.00}"),
        ("bytes of WAL for each, without page images", cost => $"{cost.WalPerRequest:N0}"),
        ("half of them took at most", cost => Words.Duration(cost.Tally.Percentile(50))),
        ("99 of 100 took at most", cost => Words.Duration(cost.Tally.Percentile(99))),
    ];

    private static Table SceneTable(DemoSummary summary, TableBorder border)
    {
        var table = new Table().Border(border).AddColumn("While servers fail");
        foreach (var scene in summary.Scenes)
        {
            table.AddColumn(new TableColumn(scene.Title).RightAligned());
        }

        foreach (var (label, value) in SceneRows())
        {
            table.AddRow([$"without: {label}", .. summary.Scenes.Select(scene => value(scene.Without))]);
            table.AddRow([$"with: {label}", .. summary.Scenes.Select(scene => value(scene.With))]);
        }

        return table;
    }

    private static IEnumerable<(string Label, Func<Tally, string> Value)> SceneRows() =>
    [
        ("requests answered", tally => $"{tally.Requests:N0}"),
        ("requests failed", tally => $"{tally.Failed:N0}"),
        ("99 of 100 took at most", tally => Words.Duration(tally.Percentile(99))),
        ("the longest took", tally => Words.Duration(tally.Longest)),
    ];
}
