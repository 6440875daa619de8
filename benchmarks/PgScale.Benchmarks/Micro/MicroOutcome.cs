using BenchmarkDotNet.Reports;
using PgScale.Benchmarks.Harness;

namespace PgScale.Benchmarks.Micro;

/// <summary>What BenchmarkDotNet measured, ready to be asked for rows by the names of the methods.</summary>
internal sealed class MicroOutcome(string room, Summary summary, string errors)
{
    /// <summary>The time of one call, in nanoseconds.</summary>
    public BenchmarkRow Time(string measure, string? baseline, string ours, Goal goal) =>
        Row(measure, "ns", baseline, ours, goal, report => report.ResultStatistics!.OriginalValues);

    /// <summary>The bytes that one call allocates.</summary>
    public BenchmarkRow Allocated(string measure, string? baseline, string ours, Goal goal) =>
        Row(measure, "B", baseline, ours, goal, report => [(double)(report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0)]);

    private BenchmarkRow Row(
        string measure, string unit, string? baseline, string ours, Goal goal, Func<BenchmarkReport, IEnumerable<double>> figures)
    {
        var report = Report(ours);
        var value = new RoundValues(figures(report));
        var baselineReport = baseline is null ? null : Report(baseline);
        var baselineValue = baselineReport is null ? null : new RoundValues(figures(baselineReport));
        return new BenchmarkRow
        {
            Room = room,
            Measure = measure,
            Unit = unit,
            Baseline = baselineReport?.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\''),
            BaselineValue = baselineValue?.Median,
            Value = value.Median,
            Goal = goal,
            Rounds = report.ResultStatistics!.N,
            Spread = RoundValues.Widest(value, baselineValue),
        }.Checked();
    }

    private BenchmarkReport Report(string method)
    {
        foreach (var report in summary.Reports)
        {
            if (string.Equals(report.BenchmarkCase.Descriptor.WorkloadMethod.Name, method, StringComparison.Ordinal) && report.Success)
            {
                return report;
            }
        }

        var reasons = errors.Length > 0 ? errors : string.Join("; ", summary.ValidationErrors.Select(error => error.Message).DefaultIfEmpty("no result"));
        throw new InvalidOperationException($"BenchmarkDotNet could not measure '{method}' of {summary.Title}: {reasons}.");
    }
}
