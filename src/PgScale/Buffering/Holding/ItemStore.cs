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

    public virtual Task Settled => Task.CompletedTask;

    public virtual Guid? DurableId => null;

    public virtual long SpoolBytes => 0;

    /// <summary>Up to which number an earlier life has committed.</summary>
    internal virtual long Committed => 0;

    public virtual Exception? Failure => null;

    public abstract long Seal();

    public abstract void Close();

    public abstract RowBatch? Take();

    public abstract void Complete(RowBatch batch);

    public virtual Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public virtual void Recover(long committed)
    {
    }

    public virtual void Release(long sequence)
    {
    }

    public virtual ValueTask ReleaseFilesAsync() => default;

    /// <summary>Takes an item in if there is room.</summary>
    internal abstract AddOutcome TryAdd(in T item);

    /// <summary>Returns when everything that was added before the call outlives the machine, as far as the store promises that.</summary>
    internal virtual ValueTask WaitForDurableAsync(CancellationToken cancellationToken) => default;

    /// <summary>Makes room by forgetting the oldest item; false when nothing can be forgotten.</summary>
    internal virtual bool DropOldest() => false;
}
