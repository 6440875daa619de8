namespace PgScale.Benchmarks.Backfill;

/// <summary>Times of the batches of one run, without those in which it found its size.</summary>
internal sealed class BatchTimes
{
    private const int WarmUp = 10;

    private readonly List<double> _milliseconds = [];

    public void Add(TimeSpan time)
    {
        lock (_milliseconds)
        {
            _milliseconds.Add(time.TotalMilliseconds);
        }
    }

    public double Percentile(double percent)
    {
        lock (_milliseconds)
        {
            var sorted = _milliseconds.Skip(WarmUp).Order().ToList();
            return sorted.Count == 0 ? 0 : sorted[(int)Math.Min(sorted.Count - 1, sorted.Count * percent / 100)];
        }
    }

    public double P99ToP50 => Percentile(50) is > 0 and var half ? Percentile(99) / half : 0;
}
