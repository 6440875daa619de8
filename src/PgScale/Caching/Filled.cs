using PgScale.Caching.Serialization;
using PgScale.Cluster;

namespace PgScale.Caching;

/// <summary>What a load or a look into Redis gave: one value for any number of callers.</summary>
internal sealed class Filled<T>(T value, ValueCopies<T>? copies, ConsistencyToken token)
{
    private int _taken;

    internal T Value => value;

    internal ValueCopies<T>? Copies => copies;

    internal bool IsFromRedis { get; init; }

    /// <summary>A position that the value is known to hold.</summary>
    internal ConsistencyToken Token => token;

    /// <summary>The value for one caller: the object itself for the first, copies for the others where objects may be changed.</summary>
    internal T Take() => copies is null || Interlocked.Exchange(ref _taken, 1) == 0 ? value : copies.Create();
}
