using PgScale.Cluster;

namespace PgScale.Buffering;

/// <summary>How much a buffer holds and when it writes; <c>PgScale:Buffering:&lt;name&gt;</c>.</summary>
public sealed class LazyWriteBufferOptions
{
    /// <summary>Most items (keys, for merges) held, flushing ones included. 1 to 10,000,000; default 100,000.</summary>
    public int MaxItems { get; set; } = 100_000;

    /// <summary>Most bytes held, flushing ones included. 1 KiB to 64 GiB; default 64 MiB.</summary>
    public long MaxBytes { get; set; } = 64L << 20;

    /// <summary>What happens to an item when there is no room. Default <see cref="FullPolicy.Wait"/>.</summary>
    public FullPolicy WhenFull { get; set; } = FullPolicy.Wait;

    /// <summary>Most callers of <c>EnqueueAsync</c> that wait for room; more get <see cref="BufferFullException"/>. 0 to 1,000,000; default 10,000.</summary>
    public int MaxWaiters { get; set; } = 10_000;

    /// <summary>Longest time that an item waits for its flush, less up to 20 % of jitter. 1 ms to 1 h; default 1 s.</summary>
    public TimeSpan FlushInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Rows that are flushed at once, without waiting for the interval. 1 to 100,000; default 10,000.</summary>
    public int BatchRows { get; set; } = 10_000;

    /// <summary>Bytes that are flushed at once. 1 KiB to 64 MiB; default 4 MiB.</summary>
    public long BatchBytes { get; set; } = 4L << 20;

    /// <summary>Rows from which COPY is used instead of arrays. 1 to 100,000; default 1,000.</summary>
    public int CopyFromRows { get; set; } = 1_000;

    /// <summary>
    /// Most connections. The second and further ones are used only when a whole batch waits; rows of different batches may then be committed
    /// in another order than they came. Merges use one. 1 to 16; default 2.
    /// </summary>
    public int MaxConnections { get; set; } = 2;

    /// <summary>The tier whose time limits hold for flushes. Default <see cref="TierNames.Important"/>.</summary>
    public string Tier { get; set; } = TierNames.Important;

    /// <summary>Wait before the first repetition of a flush that failed; it doubles each time, with jitter. 1 ms to 1 min; default 100 ms.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest wait between repetitions; a new primary ends it. <see cref="RetryDelay"/> to 10 min; default 5 s.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Most time for writing what is held when the buffer is disposed or the host stops (whose own timeout counts too). 0 to 1 h; default 20 s.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Age of the oldest item from which the health check is Degraded. 1 ms to 1 day; default 30 s.</summary>
    public TimeSpan DegradedAfter { get; set; } = TimeSpan.FromSeconds(30);
}
