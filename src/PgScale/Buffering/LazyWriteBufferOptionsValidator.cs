using Microsoft.Extensions.Options;
using PgScale.Cluster;

namespace PgScale.Buffering;

/// <summary>Refuses options that cannot work; all problems at once.</summary>
internal sealed class LazyWriteBufferOptionsValidator : IValidateOptions<LazyWriteBufferOptions>
{
    public ValidateOptionsResult Validate(string? name, LazyWriteBufferOptions options)
    {
        var rules = new OptionRules($"PgScale:Buffering:{name}");
        var (zero, millisecond, hour) = (TimeSpan.Zero, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        rules.InRange("MaxItems", options.MaxItems, 1, 10_000_000);
        rules.InRange("MaxBytes", options.MaxBytes, 1 << 10, 64L << 30);
        rules.Require(Enum.IsDefined(options.WhenFull), "WhenFull", $"is {options.WhenFull}; use Wait, Reject, DropOldest or DropNewest.");
        rules.InRange("MaxWaiters", options.MaxWaiters, 0, 1_000_000);
        rules.InRange("FlushInterval", options.FlushInterval, millisecond, hour);
        rules.InRange("BatchRows", options.BatchRows, 1, 100_000);
        rules.InRange("BatchBytes", options.BatchBytes, 1 << 10, 64L << 20);
        rules.InRange("CopyFromRows", options.CopyFromRows, 1, 100_000);
        rules.InRange("MaxConnections", options.MaxConnections, 1, 16);
        rules.Require(!string.IsNullOrWhiteSpace(options.Tier), "Tier", $"is empty. Leave it out for {TierNames.Important}, or name a tier of PgScale:Tiers.");
        rules.InRange("RetryDelay", options.RetryDelay, millisecond, TimeSpan.FromMinutes(1));
        rules.InRange("MaxRetryDelay", options.MaxRetryDelay, options.RetryDelay < millisecond ? millisecond : options.RetryDelay, TimeSpan.FromMinutes(10));
        rules.InRange("DrainTimeout", options.DrainTimeout, zero, hour);
        rules.InRange("DegradedAfter", options.DegradedAfter, millisecond, TimeSpan.FromDays(1));
        return rules.Problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(rules.Problems);
    }
}
