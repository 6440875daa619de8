namespace PgScale.Ddl;

/// <summary>How a run or a step of one stands in the history.</summary>
public enum DdlOutcome
{
    /// <summary>It is under way, or its process died: the next run of the same statement goes on from there.</summary>
    Running,

    /// <summary>It is done.</summary>
    Succeeded,

    /// <summary>The server refused it, or it was stopped; what was done before is complete in itself.</summary>
    Failed,

    /// <summary>It had been done before it was begun.</summary>
    Skipped,

    /// <summary>It waits for the pause before its next step to be over; run it again then.</summary>
    Paused,

    /// <summary>Somebody has said that it shall not be gone on with.</summary>
    Abandoned,
}
