using Microsoft.Extensions.Options;
using PgScale.Backfill.Pacing;
using PgScale.Cluster;

namespace PgScale.Backfill;

/// <summary>Refuses options that cannot work; all problems at once.</summary>
internal sealed class ControlledBackfillOptionsValidator : IValidateOptions<ControlledBackfillOptions>
{
    public ValidateOptionsResult Validate(string? name, ControlledBackfillOptions options)
    {
        var rules = new OptionRules("PgScale:Backfill");
        var (ms, second, minute, hour, day) = (TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), TimeSpan.FromHours(1), TimeSpan.FromDays(1));
        rules.Require(!string.IsNullOrWhiteSpace(options.Tier), nameof(options.Tier), "is empty. Name a tier, such as BestEffort.");
        rules.InRange(nameof(options.LockTimeout), options.LockTimeout, ms, minute);
        rules.InRange(nameof(options.StatementTimeout), options.StatementTimeout, 100 * ms, hour);
        rules.InRange(nameof(options.FirstBatchRows), options.FirstBatchRows, 1, 1_000_000);
        rules.InRange(nameof(options.AttemptsPerRow), options.AttemptsPerRow, 1, 100);
        rules.InRange(nameof(options.MaxFailedRows), options.MaxFailedRows, 0, 100_000);
        rules.InRange(nameof(options.FailoverTimeout), options.FailoverTimeout, TimeSpan.Zero, day);
        rules.InRange(nameof(options.WriterWait), options.WriterWait, TimeSpan.Zero, hour);
        rules.InRange(nameof(options.MaxTransactionAge), options.MaxTransactionAge, second, day);
        rules.InRange(nameof(options.MaxSlotBytes), options.MaxSlotBytes, 1, 1L << 50);
        rules.InRange(nameof(options.StalledAfter), options.StalledAfter, second, day);
        rules.InRange(nameof(options.SignalInterval), options.SignalInterval, 10 * ms, 10 * second);
        if (rules.RequireValue(options.Pace, nameof(options.Pace)))
        {
            PaceRules.Check(options.Pace, "Pace:", rules);
        }

        return rules.Problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(rules.Problems);
    }
}
