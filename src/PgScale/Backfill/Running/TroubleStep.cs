namespace PgScale.Backfill.Running;

/// <summary>What to do after a batch that failed.</summary>
internal enum TroubleStep
{
    /// <summary>Try again, with fewer rows if there are more than one.</summary>
    Retry,

    /// <summary>Its one row is taken by somebody else for long: set it aside, and try it at the end.</summary>
    SetAsideForLater,

    /// <summary>Its one row cannot be changed: write it down.</summary>
    WriteDown,
}
