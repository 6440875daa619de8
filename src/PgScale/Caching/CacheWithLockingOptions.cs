using System.Text.Json;

namespace PgScale.Caching;

/// <summary>How values are kept, loaded and shared between processes. Bound from <c>PgScale:Caching</c>.</summary>
public sealed class CacheWithLockingOptions
{
    // Fields, so that the configuration binder leaves them alone.
    private readonly HashSet<Type> _immutableTypes = [];
    private JsonSerializerOptions? _json;

    /// <summary>
    /// Where Redis is, as StackExchange.Redis reads it, for instance <c>redis:6379,password=…</c>; it is never logged. Default none:
    /// the cache is complete in process, and each process loads for itself.
    /// </summary>
    public string? Redis { get; set; }

    /// <summary>
    /// Begins every name in Redis; processes with the same one share entries. 1 to 64 of <c>a–z A–Z 0–9 . _ -</c>; default
    /// <c>pgscale</c>, and <c>pgscale-NAME</c> for a keyed instance.
    /// </summary>
    public string? Namespace { get; set; }

    /// <summary>How long a value is served after it was stored. 1 ms to 365 days; default 5 min.</summary>
    public TimeSpan Expiration { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a process serves a value from its own memory, at most <see cref="Expiration"/>. 1 ms to 365 days; default no less than
    /// that.
    /// </summary>
    public TimeSpan? LocalExpiration { get; set; }

    /// <summary>How long a null is kept. Zero, which keeps none, to 365 days; default 30 s, or <see cref="Expiration"/> if that is less.</summary>
    public TimeSpan? NullExpiration { get; set; }

    /// <summary>
    /// Share by which expirations are shortened at random, so that keys filled together do not expire together. 0 to 0.5; default 0.05.
    /// </summary>
    public double ExpirationJitter { get; set; } = 0.05;

    /// <summary>
    /// Spread of the refresh before expiration, as a multiple of what the load takes. 0 (off) to 10; default 0, because the refresh
    /// runs after its caller has gone and a factory may use what ends with a request. 1 is a good value for factories that do not.
    /// </summary>
    public double EarlyRefresh { get; set; }

    /// <summary>How long after its expiration a value may still be served while loading it again fails. Zero to 365 days; default zero.</summary>
    public TimeSpan StaleOnFailure { get; set; }

    /// <summary>Most entries in this process' memory. 1 to 100,000,000; default 100,000.</summary>
    public long MaxLocalEntries { get; set; } = 100_000;

    /// <summary>Most bytes that they take together, as far as their sizes are known. 1 KiB to 1 TiB; default 256 MiB.</summary>
    public long MaxLocalBytes { get; set; } = 256L << 20;

    /// <summary>
    /// Largest value that is sent to Redis, in bytes and after compression. 0 to 512 MiB; default 1 MiB. A larger one stays in the
    /// process that loaded it.
    /// </summary>
    public int MaxPayloadBytes { get; set; } = 1 << 20;

    /// <summary>Size in bytes from which values are compressed (Brotli, fastest) on their way to Redis. 0 to 512 MiB; default null, never.</summary>
    public int? CompressionThreshold { get; set; }

    /// <summary>
    /// Most loads that run at the same time in this process, of all keys together. 1 to 10,000; default 64. With Redis away, the
    /// database sees this times the number of processes at most.
    /// </summary>
    public int MaxConcurrentLoads { get; set; } = 64;

    /// <summary>Most loads that wait for their turn; more are rejected. 0 to 1,000,000; default 10,000.</summary>
    public int MaxQueuedLoads { get; set; } = 10_000;

    /// <summary>How long a load may take before its callers get an error and its key is free again. 10 ms to 1 h; default 30 s.</summary>
    public TimeSpan LoadTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long to wait for another process' load before this one loads itself. 10 ms to 1 h; default 5 s.</summary>
    public TimeSpan LockPatience { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a lock outlives a process that died with it; a living one extends it. 100 ms to 1 min; default 2 s.</summary>
    public TimeSpan LockLease { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// After a failed load, how long the key's callers get the same error at once; doubles up to <see cref="MaxFailureBackoff"/>. 0 to 1
    /// min; default 100 ms.
    /// </summary>
    public TimeSpan FailureBackoff { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest back-off after failures in a row. <see cref="FailureBackoff"/> to 10 min; default 2 s.</summary>
    public TimeSpan MaxFailureBackoff { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long Redis may be silent while a command waits for its answer; then the circuit opens for all. While it answers others, a command
    /// may take three times as long. Time in which this process itself was held up does not count. 5 ms to 10 s; default 250 ms.
    /// </summary>
    public TimeSpan RedisTimeout { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long the start of the application waits for Redis. 0 to 1 min; default 2 s; it goes on without it then.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a process may serve from its memory without having heard its own heartbeat through Redis, and so the longest time that
    /// a removal waits for a process that fell silent. 100 ms to 1 min; default 1 s.
    /// </summary>
    public TimeSpan LocalLease { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// While Redis cannot be used, how long a value is served from memory at most, counted from when it was loaded or the outage
    /// began: what a removal by another process may stay unseen. Zero to 1 h; default 10 s.
    /// </summary>
    public TimeSpan LocalExpirationWithoutRedis { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a removal's token is kept for its key: a value loaded within that time must be proven to hold the write. Longer than a
    /// replica may be behind. 1 s to 1 day; default 10 min.
    /// </summary>
    public TimeSpan RemovalMemory { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Most removals that are remembered while Redis is away, and most tokens in this process; beyond, everything counts as removed. 100
    /// to 10,000,000; default 10,000.
    /// </summary>
    public int MaxRememberedRemovals { get; set; } = 10_000;

    /// <summary>
    /// Says how JSON is written, for types that have no serializer of their own. Set <c>TypeInfoResolver</c> to a source-generated
    /// context for trimmed and AOT builds. Default the framework's defaults, by reflection where that is switched on.
    /// </summary>
    public void UseJson(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _json = options;
    }

    /// <summary>Promises that nobody changes objects of a type once they were returned by a factory, so that all callers share one.</summary>
    /// <typeparam name="T">The type exactly, not what derives from it.</typeparam>
    public void TreatAsImmutable<T>() => _immutableTypes.Add(typeof(T));

    internal JsonSerializerOptions? GetJson() => _json;

    internal IReadOnlySet<Type> GetImmutableTypes() => _immutableTypes;
}
