using PgScale.Buffering.Sinks;

namespace PgScale.Buffering.Holding;

/// <summary>What the flush loop sees of a store: batches come out of it and are given back when they are done.</summary>
internal interface IBatchSource
{
    /// <summary>Where its batches go.</summary>
    Sink Sink { get; }

    /// <summary>Called when a first item came, and when a batch's worth has come. Quick, on a producer's thread.</summary>
    Action Filled { get; set; }

    /// <summary>How much is held.</summary>
    StoreDepth Depth { get; }

    /// <summary>The disk space that it takes; 0 when it takes none.</summary>
    long SpoolBytes { get; }

    /// <summary>Why nothing more is taken in until the next start; null while it is.</summary>
    Exception? Failure { get; }

    /// <summary>Whether anything waits to be taken.</summary>
    bool HasPending { get; }

    /// <summary>Whether a whole batch waits.</summary>
    bool HasFullBatch { get; }

    /// <summary>Whether half of what may be held is held.</summary>
    bool IsPressed { get; }

    /// <summary>How many batches may be under way at once without breaking the order that the sink needs.</summary>
    int MaxBatchesUnderWay { get; }

    /// <summary>Ends when nothing that was added before waits outside of what can be taken.</summary>
    Task Settled { get; }

    /// <summary>Under which name the ledger knows what this source has committed in earlier lives; null when it has none.</summary>
    Guid? DurableId { get; }

    /// <summary>Reads what an earlier life has left, before anything is added.</summary>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Says up to which number an earlier life has committed: what came after it can be taken now.</summary>
    void Recover(long committed);

    /// <summary>Marks what is held now: it has been taken when a batch with <see cref="RowBatch.Through"/> of this value or more was.</summary>
    long Seal();

    /// <summary>Takes nothing in any more.</summary>
    void Close();

    /// <summary>The next batch, or null when nothing waits.</summary>
    RowBatch? Take();

    /// <summary>Lets go of what it has open.</summary>
    ValueTask ReleaseFilesAsync();

    /// <summary>Says that the item of a number and all before it are committed: they need not come back after a restart.</summary>
    void Release(long sequence);

    /// <summary>Gives back the room of a batch.</summary>
    void Complete(RowBatch batch);
}
