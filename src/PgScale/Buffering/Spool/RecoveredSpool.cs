namespace PgScale.Buffering.Spool;

/// <summary>What opening a directory found.</summary>
/// <param name="Id">The spool's identity.</param>
/// <param name="Segments">Its segments, the oldest first; the last one takes appends. Never empty.</param>
/// <param name="Released">All records up to it are done with.</param>
/// <param name="Last">The sequence number of the last record.</param>
/// <param name="Next">The sequence number that the next record gets; more than one above the last when numbers may have been lost.</param>
/// <param name="Pending">How many records are not done with.</param>
internal sealed record RecoveredSpool(Guid Id, List<SpoolSegment> Segments, long Released, long Last, long Next, long Pending);
