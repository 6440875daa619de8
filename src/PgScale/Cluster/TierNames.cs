namespace PgScale.Cluster;

/// <summary>The tiers that exist without being configured.</summary>
public static class TierNames
{
    /// <summary>What a user waits for: lag up to 1 s and 16 MiB, statements up to 5 s.</summary>
    public const string Critical = "Critical";

    /// <summary>The default: lag up to 5 s and 64 MiB, statements up to 15 s.</summary>
    public const string Important = "Important";

    /// <summary>Reports, exports, batch work: lag up to 60 s and 1 GiB, statements up to 60 s.</summary>
    public const string BestEffort = "BestEffort";

    internal static Dictionary<string, TierOptions> CreateDefaults() => new(StringComparer.OrdinalIgnoreCase)
    {
        [Critical] = new() { MaxLagTime = TimeSpan.FromSeconds(1), MaxLagBytes = 16L << 20, StatementTimeout = TimeSpan.FromSeconds(5) },
        [Important] = new(),
        [BestEffort] = new() { MaxLagTime = TimeSpan.FromSeconds(60), MaxLagBytes = 1L << 30, StatementTimeout = TimeSpan.FromSeconds(60) },
    };
}
