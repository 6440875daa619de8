using PgScale.Caching.Local;
using PgScale.Caching.Redis;
using PgScale.Caching.Serialization;

namespace PgScale.Caching.Tags;

/// <summary>Compares the tags of a value in Redis with what is known of them now.</summary>
internal static class SharedTags
{
    /// <summary>The stamps under which it may be kept; null when one of its tags was removed since its load began.</summary>
    internal static async ValueTask<TagStamps?> StampAsync(LocalTier local, RedisTier shared, StoredValue stored, int epoch)
    {
        if (stored.Tags.Length == 0 || !string.Equals(stored.Tags[0].Name, TagRegistry.All, StringComparison.Ordinal))
        {
            return null; // every value has that one
        }

        var states = stored.Tags.Length == 1 ? [] : Array.ConvertAll(stored.Tags[1..], tag => local.Tags.Get(tag.Name));
        var unknown = local.UnknownOf(states, epoch);
        if (unknown.Length > 0)
        {
            await shared.LearnAsync(unknown, epoch).ConfigureAwait(false);
        }

        var stamps = states.Length == 0 ? local.Tags.Stamp([]) : local.Tags.Stamp(Array.ConvertAll(states, static state => state.Name));
        for (var index = 0; index < stored.Tags.Length; index++)
        {
            if (stamps[index].Version != stored.Tags[index].Version)
            {
                return null;
            }
        }

        return stamps;
    }
}
