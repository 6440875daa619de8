namespace PgScale.Benchmarks.Backfill;

/// <summary>Times of the batches of one run, without those in which it found its size.</summary>
internal sealed class BatchTimes
{
    private const int WarmUp = 10;

    private readonly List<double> _milliseconds = [];

    private DateTime _from = DateTime.MaxValue;
    private DateTime _to;

    /// <summary>From the first batch's begin to the last one's end.</summary>
    public TimeSpan Elapsed => _to - _from;

    public void Add(DateTime startedAt, TimeSpan time)
    {
        lock (_milliseconds)
        {
            _milliseconds.Add(time.TotalMilliseconds);
            _from = startedAt < _from ? startedAt : _from;
            _to = startedAt + time > _to ? startedAt + time : _to;
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
