namespace PgScale.Buffering.Flushing;

/// <summary>What a failure of a flush calls for.</summary>
internal enum FlushFailure
{
    /// <summary>The same again, later: it says nothing of the rows.</summary>
    Retry,

    /// <summary>It took too long: the same in smaller parts.</summary>
    TooLong,

    /// <summary>A row is bad: find it, and write the others.</summary>
    Row,

    /// <summary>The table or the rights are not as they should be: no row can be written until somebody changes that.</summary>
    Table,

    /// <summary>Nothing is known of it: the same again, and after some attempts as if a row were bad.</summary>
    Unknown,
}
