namespace PgScale.Backfill;

/// <summary>What makes a backfill dear or unsafe, and may be accepted in <see cref="BackfillDefinition.Accepted"/>.</summary>
[Flags]
public enum BackfillRisks
{
    /// <summary>Nothing is accepted.</summary>
    None = 0,

    /// <summary>Triggers fire for each changed row.</summary>
    Triggers = 1,

    /// <summary>An index covers a written column, so each changed row writes to every index.</summary>
    IndexedColumns = 2,

    /// <summary>An old transaction keeps dead rows from being removed.</summary>
    OldTransaction = 4,

    /// <summary>A replication slot retains much WAL, or is close to being lost.</summary>
    ReplicationSlots = 8,

    /// <summary>The planner does not use the key's index for a batch.</summary>
    Plan = 16,
}
