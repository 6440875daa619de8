using PgScale.Backfill;

namespace PgScale.Samples.Demo.Scenes;

/// <summary>Says each second, and at each change of what limits the pace, how far a backfill is and why it is no faster.</summary>
internal sealed class FillDiary(Stage stage) : IProgress<BackfillProgress>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();

    private (string LimitedBy, bool IsHeld) _said;
    private long _saidAt;

    /// <summary>What it told last; null before the first word.</summary>
    public BackfillProgress? Last { get; private set; }

    public void Report(BackfillProgress value)
    {
        lock (_lock)
        {
            Last = value;
            var now = (value.LimitedBy, value.Duty == 0);
            if (now == _said && _saidAt != 0 && stage.SinceThen(_saidAt) < Interval)
            {
                return;
            }

            (_said, _saidAt) = (now, stage.Now);
            stage.Say(Describe(value));
        }
    }

    private string Describe(BackfillProgress fill)
    {
        var lag = string.Join(", ", stage.Snapshot.Replicas.Select(replica => $"{replica.Name} {Words.LagTime(replica)}"));
        var why = fill.LimitedBy.Length == 0 ? "" : $"; {(fill.Duty == 0 ? "held" : $"slowed to {fill.Duty:P0}")}, because {fill.Reason}";
        return $"{fill.Fraction:P0} filled, {fill.RowsPerSecond:N0} rows/s, lag {lag}{why}";
    }
}
