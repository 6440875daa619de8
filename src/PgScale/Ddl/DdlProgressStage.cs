namespace PgScale.Ddl;

/// <summary>Where a step stands.</summary>
public enum DdlProgressStage
{
    /// <summary>It begins.</summary>
    Starting,

    /// <summary>It waits: for sessions that are in the way, for replicas, or for another runner.</summary>
    Waiting,

    /// <summary>It works.</summary>
    Running,

    /// <summary>It is done.</summary>
    Done,

    /// <summary>It had been done before.</summary>
    Skipped,
}
