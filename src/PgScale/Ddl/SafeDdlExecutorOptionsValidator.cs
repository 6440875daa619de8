using Microsoft.Extensions.Options;
using Npgsql;
using PgScale.Cluster;

namespace PgScale.Ddl;

/// <summary>Refuses options that cannot work; all problems at once.</summary>
internal sealed class SafeDdlExecutorOptionsValidator : IValidateOptions<SafeDdlExecutorOptions>
{
    public ValidateOptionsResult Validate(string? name, SafeDdlExecutorOptions options)
    {
        var rules = new OptionRules("PgScale:Ddl");
        var (zero, ms, second, minute, day) =
            (TimeSpan.Zero, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), TimeSpan.FromDays(1));
        rules.InRange("LockQueueTime", options.LockQueueTime, ms, second);
        rules.InRange("OldTransaction", options.OldTransaction, ms, 10 * second);
        rules.InRange("LookInterval", options.LookInterval, 10 * ms, 10 * second);
        rules.InRange("LockPatience", options.LockPatience, zero, day);
        rules.InRange("StepTimeout", options.StepTimeout, 10 * ms, minute);
        rules.InRange("LongStepTimeout", options.LongStepTimeout, second, 30 * day);
        rules.InRange("RunnerPatience", options.RunnerPatience, zero, day);
        rules.InRange("MaxReplicaLag", options.MaxReplicaLag, 10 * ms, 60 * minute);
        rules.InRange("BackfillBatch", options.BackfillBatch, 1, 100_000);
        rules.InRange("BackfillPause", options.BackfillPause, zero, minute);
        rules.Require(Enum.IsDefined(options.QueryText), "QueryText", $"is {options.QueryText}. Use Redacted, Hidden or Full.");
        CheckConnection(options.ConnectionString, rules);
        if (rules.RequireValue(options.Policy, "Policy"))
        {
            CheckPolicy(options.Policy, rules);
        }

        return rules.Problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(rules.Problems);
    }

    private static void CheckConnection(string? connection, OptionRules rules)
    {
        if (connection is null)
        {
            return;
        }

        try
        {
            rules.Require(
                !string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(connection).Host), "ConnectionString", "names no Host. Add 'Host=…', or leave the setting out.");
        }
        catch (ArgumentException)
        {
            // What Npgsql says holds parts of the text, and with them perhaps a password.
            rules.Refuse("ConnectionString", "cannot be read by Npgsql. Write it as 'Host=…;Username=…;Database=…'.");
        }
    }

    private static void CheckPolicy(DdlPolicy policy, OptionRules rules)
    {
        rules.Require(policy.LargestPlainTable >= 0, "Policy:LargestPlainTable", $"is {policy.LargestPlainTable}; it must be 0 or more bytes.");
        rules.Require(policy.DropGrace is not { } grace || grace > TimeSpan.Zero, "Policy:DropGrace", $"is {policy.DropGrace}; leave it out to drop at once.");
        if (rules.RequireValue(policy.Blockers, "Policy:Blockers"))
        {
            rules.Require(Enum.IsDefined(policy.Blockers.Action), "Policy:Blockers:Action", $"is {policy.Blockers.Action}. Use Wait, Report, Cancel or Terminate.");
            rules.InRange("Policy:Blockers:OlderThan", policy.Blockers.OlderThan, TimeSpan.Zero, TimeSpan.FromDays(1));
            rules.InRange("Policy:Blockers:AutovacuumAfter", policy.Blockers.AutovacuumAfter, TimeSpan.Zero, TimeSpan.FromDays(1));
            rules.Require(
                policy.Blockers.Action is not (DdlBlockerAction.Cancel or DdlBlockerAction.Terminate) || policy.Blockers.AnyApplication || policy.Blockers.Applications.Count > 0,
                "Policy:Blockers:Action",
                $"is {policy.Blockers.Action}, but no application may be touched. Name them in Applications, or set AnyApplication.");
        }

        foreach (var one in policy.Overrides.Where(one => DdlRules.Find(one.Rule) is null))
        {
            rules.Refuse("Policy:Overrides", $"names the rule '{one.Rule}', which does not exist. Rules are called PGS001 to {DdlRules.All[^1].Id}.");
        }
    }
}
