using Microsoft.Extensions.Options;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>Refuses options that cannot work; all problems at once.</summary>
internal sealed class ReplicaRouterOptionsValidator : IValidateOptions<ReplicaRouterOptions>
{
    public ValidateOptionsResult Validate(string? name, ReplicaRouterOptions options)
    {
        var rules = new OptionRules("PgScale:Routing");
        var (zero, second, minute, hour) = (TimeSpan.Zero, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));
        rules.InRange("MaxRetries", options.MaxRetries, 0, 10);
        rules.InRange("RetryRatio", options.RetryRatio, 0, 1);
        rules.InRange("RetryFloor", options.RetryFloor, 0, 10_000);
        rules.InRange("HedgeRatio", options.HedgeRatio, 0, 0.1);
        rules.InRange("FreshnessWait", options.FreshnessWait, zero, TimeSpan.FromSeconds(10));
        rules.InRange("FallbackConcurrency", options.FallbackConcurrency, 0, 1_000);
        rules.InRange("FallbackPerSecond", options.FallbackPerSecond, 0, 1_000_000);
        rules.InRange("FailoverTimeout", options.FailoverTimeout, zero, TimeSpan.FromMinutes(5));
        rules.InRange("MaxWaitingWrites", options.MaxWaitingWrites, 0, 100_000);
        rules.InRange("MaxConcurrentOpens", options.MaxConcurrentOpens, 1, 100);
        rules.InRange("ConnectTimeout", options.ConnectTimeout, TimeSpan.FromMilliseconds(10), minute);
        rules.InRange("SuspicionAfter", options.SuspicionAfter, TimeSpan.FromMilliseconds(1), minute);
        rules.InRange("EjectAfterFailures", options.EjectAfterFailures, 1, 1_000);
        rules.InRange("EjectionTime", options.EjectionTime, second, hour);
        rules.InRange("MaxEjectionTime", options.MaxEjectionTime, options.EjectionTime < second ? second : options.EjectionTime, TimeSpan.FromDays(1));
        rules.InRange("MaxEjectedShare", options.MaxEjectedShare, 0, 1);
        rules.InRange("SlowStart", options.SlowStart, zero, hour);
        foreach (var (tier, settings) in options.Tiers)
        {
            CheckTier($"Tiers:{tier}", settings, rules);
        }

        return rules.Problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(rules.Problems);
    }

    private static void CheckPool(string setting, TierRoutingOptions tier, OptionRules rules)
    {
        rules.InRange(setting, tier.PoolSize, 1, 10_000);
        if (tier.MaxPoolSize < tier.MaxConcurrency)
        {
            rules.Refuse(setting, $"is {tier.MaxPoolSize}, less than MaxConcurrency ({tier.MaxConcurrency}): when one node is left, reads would wait for a connection. "
                + "Raise it, lower MaxConcurrency, or leave it out.");
        }
    }

    private static void CheckTier(string path, TierRoutingOptions tier, OptionRules rules)
    {
        rules.InRange($"{path}:MaxConcurrency", tier.MaxConcurrency, 1, 10_000);
        rules.InRange($"{path}:MaxQueued", tier.MaxQueued, 0, 100_000);
        CheckPool($"{path}:MaxPoolSize", tier, rules);
        rules.InRange($"{path}:MinimumServing", tier.MinimumServing, 0, 100);
        rules.InRange($"{path}:HardMaxLagTime", tier.HardMaxLagTime, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1));
        rules.InRange($"{path}:MinimumHedgeDelay", tier.MinimumHedgeDelay, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        rules.InRange($"{path}:FallbackShare", tier.FallbackShare ?? 0, 0, 1);
    }
}
