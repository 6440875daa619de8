namespace PgScale.Backfill.Running;

/// <summary>What a failed batch means for the next step.</summary>
internal enum BatchFailure
{
    /// <summary>The connection or the server: the outcome is in the checkpoint.</summary>
    Server,

    /// <summary>Another runner has the range.</summary>
    Fenced,

    /// <summary>Somebody else's lock, a deadlock, or a statement that took too long: fewer rows may do.</summary>
    Contention,

    /// <summary>A row that cannot be changed: fewer rows find it.</summary>
    Row,

    /// <summary>Nothing that another attempt would change.</summary>
    Fatal,
}
