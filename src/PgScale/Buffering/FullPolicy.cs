namespace PgScale.Buffering;

/// <summary>What happens to an item when a buffer is full.</summary>
public enum FullPolicy
{
    /// <summary><c>TryEnqueue</c> says no, <c>EnqueueAsync</c> waits for room.</summary>
    Wait = 0,

    /// <summary><c>TryEnqueue</c> says no, <c>EnqueueAsync</c> throws <see cref="BufferFullException"/>.</summary>
    Reject,

    /// <summary>The oldest item that is not being flushed is forgotten. Not for merges, which have none.</summary>
    DropOldest,

    /// <summary>The item itself is forgotten: both calls return false.</summary>
    DropNewest,
}
