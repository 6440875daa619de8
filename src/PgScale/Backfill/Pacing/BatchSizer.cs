namespace PgScale.Backfill.Pacing;

/// <summary>How many rows the next batch gets, so that it takes as long as it should.</summary>
/// <remarks>
/// The time per row is an exponentially weighted mean of the last batches (weight 0.3). A batch grows to twice the last one at most, and
/// shrinks at once.
/// </remarks>
internal sealed class BatchSizer(int first)
{
    private const double Weight = 0.3;
    private const double MaxGrowth = 2;

    private double _secondsPerRow;

    internal int Rows { get; private set; } = Math.Max(1, first);

    internal void Observe(long rows, TimeSpan took, TimeSpan target, int most)
    {
        if (rows > 0 && took > TimeSpan.Zero)
        {
            var now = took.TotalSeconds / rows;
            _secondsPerRow = _secondsPerRow == 0 ? now : (_secondsPerRow * (1 - Weight)) + (now * Weight);
            var aim = target.TotalSeconds / _secondsPerRow;
            Rows = (int)Math.Clamp(Math.Min(aim, Rows * MaxGrowth), 1, most);
        }
    }

    internal void Limit(int most) => Rows = Math.Clamp(Rows, 1, Math.Max(1, most));
}
