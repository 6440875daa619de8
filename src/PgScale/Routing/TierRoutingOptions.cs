namespace PgScale.Routing;

/// <summary>How reads of one tier are routed. What counts as fresh is said by <see cref="PgScale.Cluster.TierOptions"/>.</summary>
public sealed class TierRoutingOptions
{
    /// <summary>Most reads at the same time. 1 to 10,000; default 100.</summary>
    public int MaxConcurrency { get; set; } = 100;

    /// <summary>Most reads that wait for their turn when <see cref="MaxConcurrency"/> is reached; more are rejected. 0 to 100,000; default 400.</summary>
    public int MaxQueued { get; set; } = 400;

    /// <summary>
    /// Connections that this tier's pool of one node may hold, opened as they are needed. <see cref="MaxConcurrency"/> to 10,000; default
    /// <see cref="MaxConcurrency"/>: all reads may have to go to the one node that is left.
    /// </summary>
    public int? MaxPoolSize { get; set; }

    internal int PoolSize => MaxPoolSize ?? MaxConcurrency;

    /// <summary>
    /// How many of the freshest nodes are kept although they are over the tier's limit of lag, up to <see cref="HardMaxLagTime"/>.
    /// 0 to 100; default 0, which means that the limit always holds.
    /// </summary>
    public int MinimumServing { get; set; }

    /// <summary>Lag in time at which a node is never used. More than 0; default 5 min.</summary>
    public TimeSpan HardMaxLagTime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>A tier whose nodes are borrowed when this tier has none left. Default: none.</summary>
    public string? BorrowFrom { get; set; }

    /// <summary>Whether slow reads are sent to a second node as well. Default false.</summary>
    public bool Hedging { get; set; }

    /// <summary>Least time before a second request is sent, however fast the tier is. 0 to 1 min; default 2 ms.</summary>
    public TimeSpan MinimumHedgeDelay { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>
    /// The share of the primary's budget for fallback reads that this tier may fill: the lowest tier, with the smallest share, is
    /// shed first. 0 to 1; default 1 for Critical, 0.7 for Important, 0.4 for BestEffort, 0.4 for others.
    /// </summary>
    public double? FallbackShare { get; set; }
}
