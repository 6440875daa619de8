using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>How reads and writes find their server.</summary>
public sealed class ReplicaRouterOptions
{
    /// <summary>The tier of reads that name none. Default <see cref="TierNames.Important"/>.</summary>
    public string DefaultTier { get; set; } = TierNames.Important;

    /// <summary>Settings per tier, by name without regard to case; a tier that is not here has the defaults.</summary>
    public IDictionary<string, TierRoutingOptions> Tiers { get; } = new Dictionary<string, TierRoutingOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Most attempts after the first, for reads. 0 to 10; default 2.</summary>
    public int MaxRetries { get; set; } = 2;

    /// <summary>Retries allowed as a share of reads. 0 to 1; default 0.2.</summary>
    public double RetryRatio { get; set; } = 0.2;

    /// <summary>Retries that are allowed however little is read, at once. 0 to 10,000; default 100.</summary>
    public int RetryFloor { get; set; } = 100;

    /// <summary>Second requests allowed as a share of reads, for tiers with hedging. 0 to 0.1; default 0.02.</summary>
    public double HedgeRatio { get; set; } = 0.02;

    /// <summary>Most time to wait for a node to reach a token before the primary is asked. 0 to 10 s; default 100 ms.</summary>
    public TimeSpan FreshnessWait { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Fallback reads on the primary at the same time, all tiers together. 0 to 1,000; default 32.</summary>
    public int FallbackConcurrency { get; set; } = 32;

    /// <summary>Fallback reads on the primary per second, all tiers together. 0 to 1,000,000; default 2,000.</summary>
    public int FallbackPerSecond { get; set; } = 2_000;

    /// <summary>Most time that a write waits for a primary. 0 to 5 min; default 10 s.</summary>
    public TimeSpan FailoverTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Most writes that wait for a primary; more are rejected. 0 to 100,000; default 1,000.</summary>
    public int MaxWaitingWrites { get; set; } = 1_000;

    /// <summary>Connections that may be opened to one node at the same time, per tier. 1 to 100; default 8.</summary>
    public int MaxConcurrentOpens { get; set; } = 8;

    /// <summary>Time to open a connection. 10 ms to 1 min; default 1 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Silence of reads after which their server is probed at once, and silence of that probe after which reads leave the server. Where
    /// reads or probes usually take long, a few times that. 1 ms to 1 min; default 20 ms.
    /// </summary>
    public TimeSpan SuspicionAfter { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Failures in a row after which a node is ejected; reads that fail together count once. 1 to 1,000; default 5.</summary>
    public int EjectAfterFailures { get; set; } = 5;

    /// <summary>How long a node is ejected the first time; the n-th time in a row n times as long. 1 s to 1 h; default 30 s.</summary>
    public TimeSpan EjectionTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest ejection. <see cref="EjectionTime"/> to 1 day; default 300 s.</summary>
    public TimeSpan MaxEjectionTime { get; set; } = TimeSpan.FromSeconds(300);

    /// <summary>Most nodes of a tier that may be ejected at once, as a share. 0 to 1; default 0.5.</summary>
    public double MaxEjectedShare { get; set; } = 0.5;

    /// <summary>Time over which a returning node's share of traffic grows to its full weight. 0 to 1 h; default 10 s.</summary>
    public TimeSpan SlowStart { get; set; } = TimeSpan.FromSeconds(10);
}
