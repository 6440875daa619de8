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
        var states = stored.Tags.Length == 0 ? [] : Array.ConvertAll(stored.Tags, tag => local.Tags.Get(tag.Name));
        var unknown = local.UnknownOf(states, epoch);
        if (unknown.Length > 0)
        {
            await shared.LearnAsync(unknown, epoch).ConfigureAwait(false);
        }

        return StampOf(local, stored, states);
    }

    /// <summary>The same without asking Redis: null as well when a tag is not known.</summary>
    internal static TagStamps? TryStamp(LocalTier local, StoredValue stored, int epoch)
    {
        var states = stored.Tags.Length == 0 ? [] : Array.ConvertAll(stored.Tags, tag => local.Tags.Get(tag.Name));
        return local.UnknownOf(states, epoch).Length == 0 ? StampOf(local, stored, states) : null;
    }

    private static TagStamps? StampOf(LocalTier local, StoredValue stored, TagState[] states)
    {
        var stamps = local.Tags.Stamp(states.Length == 0 ? [] : Array.ConvertAll(states, static state => state.Name));
        var isCurrent = stamps.AllVersion == stored.AllVersion && stamps.Named.Length == stored.Tags.Length && HaveVersions(stamps, stored.Tags);
        return isCurrent ? stamps : null;
    }

    private static bool HaveVersions(TagStamps stamps, (string Name, long Version)[] tags)
    {
        for (var index = 0; index < tags.Length; index++)
        {
            if (stamps[index + 1].Version != tags[index].Version)
            {
                return false;
            }
        }

        return true;
    }
}
