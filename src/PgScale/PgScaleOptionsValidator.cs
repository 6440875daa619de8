using Microsoft.Extensions.Options;
using PgScale.Cluster;

namespace PgScale;

/// <summary>Refuses options that cannot work; all problems at once, each with its remedy.</summary>
internal sealed class PgScaleOptionsValidator : IValidateOptions<PgScaleOptions>
{
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMilliseconds(int.MaxValue);

    public ValidateOptionsResult Validate(string? name, PgScaleOptions options)
    {
        var rules = new OptionRules(string.IsNullOrEmpty(name) ? "PgScale" : $"PgScale ({name})");
        if (rules.RequireValue(options.Nodes, "Nodes"))
        {
            NodeOptionsRules.CheckAll(options.Nodes, options, rules, []);
        }

        if (rules.RequireValue(options.Probe, "Probe"))
        {
            CheckProbe(options.Probe, rules);
        }

        rules.RequireValue(options.ApplicationName, "ApplicationName");
        CheckTiers(options, rules);
        rules.InRange("TopologyRefreshInterval", options.TopologyRefreshInterval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        rules.Require(options.SystemIdentifier != 0, "SystemIdentifier", "is 0, which no cluster has. Leave it out, or set what pg_control_system() shows.");
        return rules.Problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(rules.Problems);
    }

    private static void CheckTiers(PgScaleOptions options, OptionRules rules)
    {
        foreach (var (name, tier) in options.Tiers)
        {
            var path = $"Tiers:{name}";
            rules.Require(!string.IsNullOrWhiteSpace(name), path, "has no name. Give the tier a name.");
            if (!rules.RequireValue(tier, path))
            {
                continue;
            }

            CheckTimeout($"{path}:StatementTimeout", tier.StatementTimeout, rules);
            CheckTimeout($"{path}:LockTimeout", tier.LockTimeout, rules);
            CheckTimeout($"{path}:IdleInTransactionTimeout", tier.IdleInTransactionTimeout, rules);
            rules.Require(tier.MaxLagTime is not { } time || time > TimeSpan.Zero, $"{path}:MaxLagTime",
                $"is {tier.MaxLagTime}; no replica is ever that fresh. Set more than 0, or leave it out for no limit.");
            rules.Require(tier.MaxLagBytes is not { } bytes || bytes > 0, $"{path}:MaxLagBytes",
                $"is {tier.MaxLagBytes}; no replica is ever that fresh. Set more than 0, or leave it out for no limit.");
        }
    }

    private static void CheckTimeout(string setting, TimeSpan? value, OptionRules rules)
    {
        if (value == TimeSpan.Zero)
        {
            rules.Refuse(setting, "is zero, which PostgreSQL reads as 'no limit'. Set at least 1 ms, or leave it out (null) to use the server's own setting.");
            return;
        }

        rules.InRange(setting, value, TimeSpan.FromMilliseconds(1), LongestTimeout);
    }

    private static void CheckProbe(ProbeOptions probe, OptionRules rules)
    {
        var (minute, ms10, ms50) = (TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(50));
        var interval = probe.Interval < ms50 ? minute : probe.Interval; // one mistake, one message
        rules.InRange("Probe:Interval", probe.Interval, ms50, minute);
        rules.InRange("Probe:HeartbeatInterval", probe.HeartbeatInterval, ms50, interval);
        rules.InRange("Probe:Timeout", probe.Timeout, ms10, minute);
        rules.InRange("Probe:AbandonAfter", probe.AbandonAfter, probe.Timeout < ms10 ? ms10 : probe.Timeout, TimeSpan.FromMinutes(10));
        rules.InRange("Probe:UrgentInterval", probe.UrgentInterval, ms10, interval);
    }
}
