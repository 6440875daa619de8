namespace PgScale.Buffering.Sinks;

/// <summary>One row could not be encoded: it never reached the server.</summary>
internal sealed class RowFaultException(int row, Exception inner) : Exception($"Row {row} of the batch cannot be encoded: {inner.Message}", inner)
{
    internal int Row { get; } = row;
}
