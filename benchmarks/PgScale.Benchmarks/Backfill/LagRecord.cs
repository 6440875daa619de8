namespace PgScale.Benchmarks.Backfill;

/// <summary>How far a replica was behind, seen from outside, over one run.</summary>
internal sealed class LagRecord
{
    private readonly List<double> _milliseconds = [];

    public long MaxBytes { get; private set; }

    public void Add(double milliseconds, long bytes)
    {
        _milliseconds.Add(milliseconds);
        MaxBytes = Math.Max(MaxBytes, bytes);
    }

    public double Percentile(double percent)
    {
        var sorted = _milliseconds.Order().ToList();
        return sorted.Count == 0 ? 0 : sorted[(int)Math.Min(sorted.Count - 1, sorted.Count * percent / 100)];
    }
}
