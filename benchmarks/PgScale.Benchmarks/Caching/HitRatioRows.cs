using PgScale.Benchmarks.Harness;

namespace PgScale.Benchmarks.Caching;

/// <summary>How many requests the in-process store answers, beside a plain LRU of the same size.</summary>
internal static class HitRatioRows
{
    private const int Entries = 10_000;
    private const int Keys = 10 * Entries;
    private const int Length = 500_000;

    private static readonly int[] Popular = KeyTrace.Zipf(Keys, skew: 0.9, Length);

    // A trace is the same in every round, so one round says all.
    public static IEnumerable<BenchmarkRow> Measure(BenchmarkRun run)
    {
        yield return Row(run, "Zipf 0.9", Popular, Goal.RatioAtLeast(1.05));
        yield return Row(run, "Zipf 0.7", KeyTrace.Zipf(Keys, skew: 0.7, Length), Goal.RatioAtLeast(1.15));
        yield return Row(run, "Zipf 0.9, 5 scans of 10 x its size", KeyTrace.WithScans(Popular, parts: 5, scanLength: Keys), Goal.RatioAtLeast(1.1));
        // Dealt anew each five fillings of the store: where a plain LRU is at its best.
        yield return Row(run, "Zipf 0.9, popularity shifting", KeyTrace.Shifting(Popular, parts: 10, shift: Entries / 2), Goal.RatioAtLeast(1));
        yield return Row(run, "loop over 1.1 x its size", KeyTrace.Loop(Entries * 11 / 10, Length), Goal.AtLeast(50));
    }

    private static BenchmarkRow Row(BenchmarkRun run, string trace, int[] keys, Goal goal)
    {
        run.Progress($"hit ratio: {trace}");
        run.CancellationToken.ThrowIfCancellationRequested();
        return new BenchmarkRow
        {
            Room = run.Room,
            Measure = $"L1 hit ratio: {trace}",
            Unit = "%",
            Baseline = "plain LRU",
            BaselineValue = HitRatio.OfPlainLru(keys, Entries),
            Value = HitRatio.OfLocalStore(keys, Entries),
            Goal = goal,
        }.Checked();
    }
}
