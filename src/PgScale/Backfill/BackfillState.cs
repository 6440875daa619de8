namespace PgScale.Backfill;

/// <summary>Where a backfill stands, for all processes.</summary>
public enum BackfillState
{
    /// <summary>It runs, or goes on as soon as somebody runs it.</summary>
    Running = 0,

    /// <summary>It waits until it is resumed; what is done stays done.</summary>
    Paused,

    /// <summary>It was given up; what is done stays done.</summary>
    Cancelled,

    /// <summary>Every row is done.</summary>
    Completed,

    /// <summary>It stopped because of an error; running it again goes on from where it stopped.</summary>
    Failed,
}
