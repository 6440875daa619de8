using PgScale.Benchmarks.Reports;
using Spectre.Console;

namespace PgScale.Benchmarks.Harness;

/// <summary>One run of the command: measures the chosen rooms, then reports.</summary>
internal sealed class BenchmarkSession
{
    public required IReadOnlyList<Room> Rooms { get; init; }

    public required string Command { get; init; }

    public bool Quick { get; init; }

    public string? Part { get; init; }

    public FileInfo? JsonFile { get; init; }

    public string? SaveAs { get; init; }

    public bool Strict { get; init; }

    /// <summary>Receives what is being measured, apart from the results.</summary>
    public TextWriter Log { get; init; } = Console.Error;

    public TextWriter Results { get; init; } = Console.Out;

    /// <summary>The exit code: 1 when a benchmark failed, or with <see cref="Strict"/> when a goal was missed.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var rows = new List<BenchmarkRow>();
        var failed = false;
        foreach (var room in Rooms)
        {
            failed |= !await MeasureAsync(room, rows, cancellationToken);
        }

        await ReportAsync(rows, cancellationToken);
        return failed || Strict && rows.Exists(row => row.Met == false) ? 1 : 0;
    }

    // A benchmark that fails costs the rest of its room, not the figures that were measured already.
    private async Task<bool> MeasureAsync(Room room, List<BenchmarkRow> rows, CancellationToken cancellationToken)
    {
        if (room.RunAsync is null)
        {
            Say($"{room.Name}: no benchmarks yet");
            return true;
        }

        try
        {
            var run = BenchmarkRun.Create(room.Name, Quick, what => Say($"{room.Name}: {what}"), cancellationToken) with { Part = Part };
            await foreach (var row in room.RunAsync(run).WithCancellation(cancellationToken))
            {
                rows.Add(row);
            }

            return true;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            Say($"{room.Name}: failed, its later rows are missing. {failure}");
            return false;
        }
    }

    private async Task ReportAsync(List<BenchmarkRow> rows, CancellationToken cancellationToken)
    {
        if (JsonFile is not null)
        {
            JsonFile.Directory?.Create();
            await File.WriteAllTextAsync(JsonFile.FullName, JsonReport.Render(rows), cancellationToken);
        }

        if (rows.Count == 0)
        {
            return;
        }

        var provenance = await Provenance.ReadAsync(Command, TimeProvider.System);
        var markdown = MarkdownReport.Render(SaveAs ?? "Benchmarks", rows, provenance);
        Print(rows, provenance, markdown);
        if (SaveAs is not null)
        {
            var folder = Directory.CreateDirectory(Path.Combine(Repository.Root, "benchmarks", "results"));
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, Path.GetFileName(SaveAs) + ".md"), markdown, cancellationToken);
        }
    }

    private void Print(List<BenchmarkRow> rows, Provenance provenance, string markdown)
    {
        if (Console.IsOutputRedirected || Results != Console.Out)
        {
            Results.Write(markdown);
        }
        else
        {
            TerminalReport.Write(AnsiConsole.Console, rows, provenance);
        }
    }

    private void Say(string what) => Log.WriteLine(what);
}
