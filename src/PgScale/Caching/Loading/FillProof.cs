using NpgsqlTypes;
using PgScale.Cluster;

namespace PgScale.Caching.Loading;

/// <summary>What the cluster's last snapshot proves of a read that goes to any usable server.</summary>
internal sealed class FillProof(Func<ClusterSnapshot> current)
{
    /// <summary>Whether every server that may serve a read holds a write, or no server ever will.</summary>
    internal bool Holds(ConsistencyToken token)
    {
        if (token.IsNone)
        {
            return true;
        }

        var snapshot = current();
        var usable = 0;
        foreach (var node in snapshot.Nodes)
        {
            if (!node.IsUsable)
            {
                continue;
            }

            usable++;
            if (snapshot.CoverageOf(node, token) is not (TokenCoverage.Covered or TokenCoverage.Lost))
            {
                return false;
            }
        }

        return usable > 0;
    }

    /// <summary>What a read begun now holds at least, whichever server it goes to; none while that is unknown.</summary>
    internal ConsistencyToken Floor(DateTimeOffset now)
    {
        var snapshot = current();
        NpgsqlLogSequenceNumber? least = null;
        foreach (var node in snapshot.Nodes)
        {
            if (node.IsUsable)
            {
                if (node.Timeline != snapshot.Timeline || node.Position is not { } position)
                {
                    return default;
                }

                least = least is { } known && known <= position ? known : position;
            }
        }

        return least is { } floor && snapshot.SystemIdentifier != 0 ? new(snapshot.SystemIdentifier, snapshot.Timeline, floor, now) : default;
    }
}
