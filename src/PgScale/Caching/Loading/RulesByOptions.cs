using Microsoft.Extensions.Caching.Hybrid;

namespace PgScale.Caching.Loading;

/// <summary>Remembers the rules of options that were used lately: they are worked out once for an object that is used for many calls.</summary>
internal sealed class RulesByOptions(CacheWithLockingOptions defaults)
{
    private const int Places = 16;

    private readonly Known?[] _known = new Known?[Places];

    internal EntryRules Of(CacheEntryOptions options) => Find(options) ?? Remember(options, EntryRules.Of(defaults, options));

    internal EntryRules Of(
        HybridCacheEntryOptions options) => Find(options) ?? Remember(options, EntryRules.Of(defaults, CacheEntryOptions.From(options)));

    private EntryRules? Find(object options) =>
        Volatile.Read(ref _known[PlaceOf(options)]) is { } known && ReferenceEquals(known.Options, options) ? known.Rules : null;

    private EntryRules Remember(object options, EntryRules rules)
    {
        if (rules.MinimumToken.IsNone) // one with a token is for one call
        {
            Volatile.Write(ref _known[PlaceOf(options)], new(options, rules));
        }

        return rules;
    }

    private static int PlaceOf(object options) => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(options) & (Places - 1);

    private sealed record Known(object Options, EntryRules Rules);
}
