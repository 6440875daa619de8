using Microsoft.Extensions.Options;
using PgScale.Caching.Redis;
using PgScale.Cluster;

namespace PgScale.Caching;

/// <summary>Refuses options that cannot work; all problems at once.</summary>
internal sealed class CacheWithLockingOptionsValidator : IValidateOptions<CacheWithLockingOptions>
{
    private const int LongestNamespace = 64;

    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    public ValidateOptionsResult Validate(string? name, CacheWithLockingOptions options)
    {
        var rules = new OptionRules(string.IsNullOrEmpty(name) ? "PgScale:Caching" : $"PgScale:Caching ({name})");
        CheckRedis(options, rules);
        CheckLifetimes(options, rules);
        CheckLimits(options, rules);
        CheckTimeouts(options, rules);
        return rules.Problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(rules.Problems);
    }

    private static void CheckRedis(CacheWithLockingOptions options, OptionRules rules)
    {
        if (options.Redis is { } redis && !IsReadable(redis))
        {
            // Its value may hold a password and is not repeated.
            rules.Refuse(
                "Redis",
                "cannot be read. Write it as StackExchange.Redis does, "
                + "for instance 'redis:6379,password=…', or leave it out for a cache in process alone.");
        }

        rules.Require(
            options.Namespace is not { } space || (space.Length is > 0 and <= LongestNamespace && space.All(IsNamespaceCharacter)),
            "Namespace",
            $"is '{options.Namespace}'; it must be 1 to {LongestNamespace} of a–z, A–Z, 0–9, '.', '_' and '-'.");
    }

    private static void CheckLifetimes(CacheWithLockingOptions options, OptionRules rules)
    {
        var least = TimeSpan.FromMilliseconds(1);
        rules.InRange("Expiration", options.Expiration, least, Longest);
        rules.InRange("LocalExpiration", options.LocalExpiration, least, Longest);
        rules.InRange("NullExpiration", options.NullExpiration, TimeSpan.Zero, Longest);
        rules.InRange("StaleOnFailure", options.StaleOnFailure, TimeSpan.Zero, Longest);
        rules.InRange("ExpirationJitter", options.ExpirationJitter, 0, 0.5);
        rules.InRange("EarlyRefresh", options.EarlyRefresh, 0, 10);
        rules.InRange("LocalExpirationWithoutRedis", options.LocalExpirationWithoutRedis, TimeSpan.Zero, TimeSpan.FromHours(1));
        rules.InRange("RemovalMemory", options.RemovalMemory, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
    }

    private static void CheckLimits(CacheWithLockingOptions options, OptionRules rules)
    {
        rules.InRange("MaxLocalEntries", options.MaxLocalEntries, 1, 100_000_000);
        rules.InRange("MaxLocalBytes", options.MaxLocalBytes, 1L << 10, 1L << 40);
        rules.InRange("MaxPayloadBytes", options.MaxPayloadBytes, 0, 512 << 20);
        rules.InRange("CompressionThreshold", options.CompressionThreshold ?? 0, 0, 512 << 20);
        rules.InRange("MaxConcurrentLoads", options.MaxConcurrentLoads, 1, 10_000);
        rules.InRange("MaxQueuedLoads", options.MaxQueuedLoads, 0, 1_000_000);
        rules.InRange("MaxRememberedRemovals", options.MaxRememberedRemovals, 100, 10_000_000);
    }

    private static void CheckTimeouts(CacheWithLockingOptions options, OptionRules rules)
    {
        var (ms10, ms100) = (TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(100));
        var (minute, hour) = (TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));
        rules.InRange("LoadTimeout", options.LoadTimeout, ms10, hour);
        rules.InRange("LockPatience", options.LockPatience, ms10, hour);
        rules.InRange("LockLease", options.LockLease, ms100, minute);
        rules.InRange("LocalLease", options.LocalLease, ms100, minute);
        rules.InRange("RedisTimeout", options.RedisTimeout, TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(10));
        rules.InRange("ConnectTimeout", options.ConnectTimeout, TimeSpan.Zero, minute);
        rules.InRange("FailureBackoff", options.FailureBackoff, TimeSpan.Zero, minute);
        var least = options.FailureBackoff > minute ? minute : options.FailureBackoff;
        rules.InRange("MaxFailureBackoff", options.MaxFailureBackoff, least, TimeSpan.FromMinutes(10));
    }

    private static bool IsNamespaceCharacter(char character) => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-';

    private static bool IsReadable(string redis)
    {
        try
        {
            return RedisLink.Parse(redis).EndPoints.Count > 0;
        }
        catch (Exception problem) when (problem is ArgumentException or FormatException)
        {
            return false;
        }
    }
}
