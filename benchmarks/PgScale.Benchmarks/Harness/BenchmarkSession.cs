using PgScale.Benchmarks.Baselines;
using PgScale.Benchmarks.Reports;
using Spectre.Console;

namespace PgScale.Benchmarks.Harness;

/// <summary>One run of the command: measures the chosen rooms, then reports.</summary>
internal sealed class BenchmarkSession
{
    public required IReadOnlyList<Room> Rooms { get; init; }

    public required string Command { get; init; }

    public bool Quick { get; init; }

    public FileInfo? JsonFile { get; init; }

    public string? SaveAs { get; init; }

    public bool Strict { get; init; }

    /// <summary>The file to compare with; <see langword="null"/> compares with nothing.</summary>
    public string? BaselineFile { get; init; }

    /// <summary>Makes these figures the baseline of their rooms instead of comparing.</summary>
    public bool Accept { get; init; }

    /// <summary>Receives what is being measured, apart from the results.</summary>
    public TextWriter Log { get; init; } = Console.Error;

    public TextWriter Results { get; init; } = Console.Out;

    /// <summary>The exit code: 1 when a benchmark failed or became worse than the baseline, or with <see cref="Strict"/> when a goal was missed.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var rows = new List<BenchmarkRow>();
        var failed = false;
        var baseline = BaselineFile is null ? Baseline.None : await Baseline.ReadAsync(BaselineFile, cancellationToken);
        foreach (var room in Rooms)
        {
            failed |= !await MeasureAsync(room, baseline, rows, cancellationToken);
        }

        await ReportAsync(rows, baseline, cancellationToken);
        if (!Accept)
        {
            failed |= Tell(Differences(baseline, rows));
        }

        return failed || Strict && rows.Exists(row => row.Met == false) ? 1 : 0;
    }

    private async Task<bool> MeasureAsync(Room room, Baseline baseline, List<BenchmarkRow> rows, CancellationToken cancellationToken)
    {
        if (room.RunAsync is null)
        {
            Say($"{room.Name}: no benchmarks yet");
            return true;
        }

        List<BenchmarkRow> first = [], second = [];
        var succeeded = await MeasureAsync(room, first, cancellationToken);
        var suspects = succeeded && !Accept ? Suspects(baseline, first) : [];
        if (suspects.Count > 0)
        {
            Say($"{room.Name}: worse than the baseline, so it is measured once more: {string.Join("; ", suspects)}");
            succeeded = await MeasureAsync(room, second, cancellationToken);
        }

        // Worse counts when it is worse twice.
        rows.AddRange(first.Select(row => !suspects.Contains(row.Measure) ? row : second.Find(again => BaselineRow.From(row).IsOf(again)) ?? row));
        return succeeded;
    }

    // A benchmark that fails costs the rest of its room, not the figures that were measured already.
    private async Task<bool> MeasureAsync(Room room, List<BenchmarkRow> rows, CancellationToken cancellationToken)
    {

        try
        {
            var run = BenchmarkRun.Create(room.Name, Quick, what => Say($"{room.Name}: {what}"), cancellationToken);
            await foreach (var row in room.RunAsync!(run).WithCancellation(cancellationToken))
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

    private static IEnumerable<Difference> Differences(Baseline baseline, List<BenchmarkRow> rows) => rows
        .GroupBy(row => row.Room, StringComparer.Ordinal)
        .Where(room => baseline.Rooms.ContainsKey(room.Key))
        .SelectMany(room => BaselineComparison.Compare(room.Key, baseline.Rooms[room.Key], [.. room]));

    private static HashSet<string> Suspects(Baseline baseline, List<BenchmarkRow> rows) => Differences(baseline, rows)
        .Where(difference => difference.MayBeNoise)
        .Select(difference => difference.Measure)
        .ToHashSet(StringComparer.Ordinal);

    private bool Tell(IEnumerable<Difference> differences)
    {
        var all = differences.ToList();
        all.ForEach(difference => Say(difference.ToString()));
        return all.Exists(difference => difference.Fails);
    }

    private async Task ReportAsync(List<BenchmarkRow> rows, Baseline baseline, CancellationToken cancellationToken)
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
            var name = Path.Combine(folder.FullName, Path.GetFileName(SaveAs));
            await File.WriteAllTextAsync(name + ".md", markdown, cancellationToken);
            await File.WriteAllTextAsync(name + ".json", JsonReport.Render(rows), cancellationToken);
        }

        if (Accept && BaselineFile is not null)
        {
            var accepted = baseline.With(rows, provenance);
            await File.WriteAllTextAsync(BaselineFile, accepted.Render(), cancellationToken);
            await BenchmarkPage.WriteAsync(accepted, Path.Combine(Repository.Root, "docs"), cancellationToken);
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
