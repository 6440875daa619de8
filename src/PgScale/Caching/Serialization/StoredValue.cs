using PgScale.Cluster;

namespace PgScale.Caching.Serialization;

/// <summary>A value as it lies in Redis, read and checked but not yet an object.</summary>
internal readonly record struct StoredValue
{
    /// <summary>When Redis took it, by Redis' clock in microseconds; tells two values of one key apart.</summary>
    internal required long Stamp { get; init; }

    /// <summary>When it expires, by Redis' clock in microseconds.</summary>
    internal required long ExpiresAt { get; init; }

    /// <summary>How long its load took, in milliseconds.</summary>
    internal required int LoadMilliseconds { get; init; }

    internal required bool IsNull { get; init; }

    internal required ConsistencyToken Token { get; init; }

    /// <summary>The version, when its load began, of the tag that all values have.</summary>
    internal required long AllVersion { get; init; }

    /// <summary>Its own tags and their versions when its load began.</summary>
    internal required (string Name, long Version)[] Tags { get; init; }

    internal required ReadOnlyMemory<byte> Body { get; init; }
}
