using PgScale.Cluster;

namespace PgScale.IntegrationTests.Caching;

/// <summary>One row on a primary and on a replica that is behind until it is told to catch up. Versions are log positions.</summary>
internal sealed class VersionedRow
{
    private long _primary;
    private long _replica;

    internal long Version => Volatile.Read(ref _primary);

    /// <summary>What the replica has.</summary>
    internal long Replicated => Volatile.Read(ref _replica);

    internal static ConsistencyToken TokenOf(long version) =>
        version == 0 ? default : new(7, 1, new((ulong)version), DateTimeOffset.UnixEpoch);

    internal long Write() => Interlocked.Increment(ref _primary);

    internal void CatchUp() => Volatile.Write(ref _replica, Volatile.Read(ref _primary));

    /// <summary>Reads as a router does: the replica if it holds what the token asks, else the primary.</summary>
    internal long Read(ConsistencyToken token)
    {
        var replica = Volatile.Read(ref _replica);
        return token.IsNone || (ulong)token.Position <= (ulong)replica ? replica : Volatile.Read(ref _primary);
    }
}
