namespace PgScale.Ddl;

/// <summary>What the history knows of a step.</summary>
public sealed record DdlStepRecord
{
    /// <summary>Its place in the plan, from 0.</summary>
    public required int Step { get; init; }

    /// <summary>Its statements.</summary>
    public required string Sql { get; init; }

    /// <summary>How it stands.</summary>
    public required DdlOutcome Outcome { get; init; }

    /// <summary>How often it was tried: more than once when locks were not to be had, or after a process died.</summary>
    public int Attempts { get; init; }

    /// <summary>When it was first begun, by the server's clock.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended, by the server's clock; null while it runs.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>How long it waited before it had its locks.</summary>
    public TimeSpan Waited { get; init; }

    /// <summary>How long it held them; zero for concurrent steps and backfills.</summary>
    public TimeSpan Held { get; init; }

    /// <summary>The locks that it waited for.</summary>
    public IReadOnlyList<DdlLock> Locks { get; init; } = [];

    /// <summary>Who was in its way, each session once, the latest 20.</summary>
    public IReadOnlyList<DdlBlocker> Blockers { get; init; } = [];
}
