namespace PgScale.Backfill.Running;

/// <summary>What a run tells its caller: at most four times a second, and at each change of state or of the limiting signal.</summary>
internal sealed class RunReport(RunContext run, IProgress<BackfillProgress>? progress)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private long _reportedAt;
    private (BackfillState State, string Signal, int Stage) _reported = (BackfillState.Running, "", -1);
    private BackfillState _state;
    private int _stage;
    private int _rows;
    private TimeSpan _took;

    /// <summary>When a batch was committed last.</summary>
    internal long BatchAt { get; private set; } = run.Time.GetTimestamp();

    internal void Stage(int stage)
    {
        _stage = stage;
        Tell();
    }

    internal void State(BackfillState state)
    {
        _state = state;
        Tell();
    }

    internal void Batch(int rows, TimeSpan took, long changed)
    {
        (_rows, _took) = (rows, took);
        BatchAt = run.Time.GetTimestamp();
        run.Metrics.Batch(run.Name, took, rows, changed);
        Tell();
    }

    internal void Tell()
    {
        if (progress is null)
        {
            return;
        }

        lock (_lock)
        {
            var now = (_state, run.Pace.Decision.Signal, _stage);
            if (_reportedAt != 0 && now == _reported && run.Time.GetElapsedTime(_reportedAt) < Interval)
            {
                return;
            }

            (_reported, _reportedAt) = (now, run.Time.GetTimestamp());
        }

        progress.Report(Read());
    }

    internal BackfillProgress Read()
    {
        var (recent, mean, slow, fast) = run.Tally.Rates();
        var decision = run.Pace.Decision;
        var (visited, estimated) = (run.Tally.Visited, run.Entry.RowsEstimated * (run.IsSweep(_stage) ? 2 : 1));
        var left = Math.Max(0, estimated - visited);
        var isEarly = visited < estimated / 100;
        return new()
        {
            Name = run.Name,
            State = _state,
            Stage = run.StageName(_stage),
            RowsVisited = visited,
            RowsChanged = run.Tally.Changed,
            RowsEstimated = estimated,
            RowsPerSecond = recent,
            Remaining = isEarly ? null : Time(left, mean),
            RemainingAtBest = isEarly ? null : Time(left, fast),
            RemainingAtWorst = isEarly ? null : Time(left, slow),
            BatchRows = _rows,
            BatchTime = _took,
            Duty = decision.IsHeld || _state != BackfillState.Running ? 0 : decision.Duty / (1 + (decision.Duty * run.Pace.Nice)),
            LimitedBy = decision.Signal,
            Reason = decision.Text,
            RowsSetAside = run.SetAside.Count,
        };
    }

    private static TimeSpan? Time(long rows, double rate) => rate <= 0 || rows / rate > TimeSpan.MaxValue.TotalSeconds / 2 ? null : TimeSpan.FromSeconds(rows / rate);
}
