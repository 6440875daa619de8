using PgScale.Cluster;

namespace PgScale.Caching.Redis;

/// <summary>What this process does with what it hears from the others, and from itself: at once, without waiting for anything.</summary>
internal interface IFleetListener
{
    /// <summary>A key was removed, or set to the value with that stamp.</summary>
    void Removed(string key, long stamp, ConsistencyToken token);

    void TagRemoved(string tag, long version, ConsistencyToken token);
}
