namespace PgScale.Buffering.Sinks;

/// <summary>One row could not be encoded: it never reached the server.</summary>
internal sealed class RowFaultException(int index, Exception inner) : Exception($"Row {index} of those that were sent cannot be encoded: {inner.Message}", inner)
{
    /// <summary>Which of the rows that were to be sent, counted from 0.</summary>
    internal int Index { get; } = index;
}
