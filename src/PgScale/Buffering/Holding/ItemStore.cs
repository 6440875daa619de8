using PgScale.Buffering.Sinks;

namespace PgScale.Buffering.Holding;

/// <summary>Holds items within bounds until they are taken in batches, in the order in which they came.</summary>
internal abstract class ItemStore<T>(Sink sink) : IBatchSource
{
    public Sink Sink { get; } = sink;

    public Action Filled { get; set; } = static () => { };

    public abstract StoreDepth Depth { get; }

    public abstract bool HasPending { get; }

    public abstract bool HasFullBatch { get; }

    public abstract bool IsPressed { get; }

    public abstract int MaxBatchesUnderWay { get; }

    public abstract long Seal();

    public abstract void Close();

    public abstract RowBatch? Take();

    public abstract void Complete(RowBatch batch);

    /// <summary>Takes an item in if there is room.</summary>
    internal abstract AddOutcome TryAdd(in T item);

    /// <summary>Makes room by forgetting the oldest item; false when nothing can be forgotten.</summary>
    internal virtual bool DropOldest() => false;
}
