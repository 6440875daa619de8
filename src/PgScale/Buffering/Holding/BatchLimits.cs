namespace PgScale.Buffering.Holding;

/// <summary>The bounds of a buffer and of one batch.</summary>
/// <param name="MaxItems">Most items that are held, flushing ones included.</param>
/// <param name="MaxBytes">Most bytes that are held, flushing ones included.</param>
/// <param name="BatchRows">Rows of a full batch.</param>
/// <param name="BatchBytes">Bytes of a full batch.</param>
internal readonly record struct BatchLimits(int MaxItems, long MaxBytes, int BatchRows, long BatchBytes);
