namespace PgScale.Backfill.Pacing;

/// <summary>The pace that holds now, and what the signals said last; written by the run's loop, read by its workers.</summary>
internal sealed class RunPace(BackfillDefinition definition, ControlledBackfillOptions options)
{
    private static readonly TimeSpan DefaultBatchTime = TimeSpan.FromMilliseconds(100);

    // An asynchronous commit is written out, and only then sent to replicas, after the wal_writer_delay of 200 ms at the latest.
    private static readonly TimeSpan WalWriterDelay = TimeSpan.FromMilliseconds(200);

    private BackfillPace _base = definition.Pace.Over(options.Pace);
    private BackfillPace _live = new();
    private PaceDecision _decision = PaceDecision.Start;
    private BackfillPace _current = definition.Pace.Over(options.Pace);

    internal BackfillPace Current => Volatile.Read(ref _current);

    internal PaceDecision Decision
    {
        get => Volatile.Read(ref _decision);
        set => Volatile.Write(ref _decision, value);
    }

    internal TimeSpan BatchTime
    {
        get
        {
            var asked = Current.BatchTime ?? DefaultBatchTime;
            return (Decision.MaxBatchTime is { } most && most < asked ? most : asked) * Decision.BatchShare;
        }
    }

    /// <summary>Whether replicas must not wait for the server's own writing out of the log: it would use up the limit of their lag.</summary>
    internal bool FlushesEachBatch => Decision.MaxBatchTime is { } most && most < WalWriterDelay;

    internal int MaxBatchRows => Current.MaxBatchRows ?? 5_000;

    internal double Nice => Current.Nice ?? 0;

    internal void UseStage(int stage)
    {
        var general = definition.Pace.Over(options.Pace);
        Volatile.Write(ref _base, stage < definition.Stages.Count ? definition.Stages[stage].Pace.Over(general) : general);
        UseLive(_live);
    }

    internal void UseLive(BackfillPace live)
    {
        _live = live;
        Volatile.Write(ref _current, live.Over(_base));
    }
}
