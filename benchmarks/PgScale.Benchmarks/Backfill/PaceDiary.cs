using System.Diagnostics;
using PgScale.Backfill;

namespace PgScale.Benchmarks.Backfill;

/// <summary>When a run was held.</summary>
internal sealed class PaceDiary : IProgress<BackfillProgress>
{
    private const double Never = 1_000;

    private readonly List<long> _stops = [];
    private bool _isHeld;

    public int Stops => Read().Count;

    public void Report(BackfillProgress value)
    {
        lock (_stops)
        {
            var isHeld = value.Duty == 0 && value.LimitedBy.Length > 0;
            if (isHeld && !_isHeld)
            {
                _stops.Add(Stopwatch.GetTimestamp());
            }

            _isHeld = isHeld;
        }
    }

    /// <summary>Seconds from a moment to the first stop behind it; a thousand when there was none.</summary>
    public double StoppedAfter(long moment) => Read().Where(stop => stop > moment).Select(stop => Stopwatch.GetElapsedTime(moment, stop).TotalSeconds).FirstOrDefault(Never);

    private List<long> Read()
    {
        lock (_stops)
        {
            return [.. _stops];
        }
    }
}
