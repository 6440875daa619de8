namespace PgScale.Cluster;

/// <summary>Which system identifier is this cluster's, so that a server of another one is never used.</summary>
/// <remarks>
/// A configured identifier counts; else the one that was pinned when a primary was first found; else the one of the only
/// claimants, or of most servers.
/// </remarks>
internal sealed class ClusterIdentity
{
    private ulong _pinned;

    /// <summary>Why no identifier could be chosen, as a sentence; empty otherwise.</summary>
    internal string Problem { get; private set; } = "";

    internal void Pin(ulong identifier) => _pinned = identifier;

    internal ulong Choose(ulong? configured, IReadOnlyCollection<NodeRecord> records)
    {
        Problem = "";
        var clusters = records.Where(record => record.Facts is not null).GroupBy(record => record.Facts!.SystemIdentifier).ToList();
        var wanted = configured ?? _pinned;
        if (wanted != 0)
        {
            Problem = clusters.Count == 0 || clusters.Exists(cluster => cluster.Key == wanted) ? "" : NobodyBelongs(wanted, clusters);
            return wanted;
        }

        var claiming = clusters.FindAll(cluster => cluster.Any(record => !record.Facts!.InRecovery));
        var candidates = claiming.Count > 0 ? claiming : clusters;
        var most = candidates.Select(cluster => cluster.Count()).DefaultIfEmpty().Max();
        var leading = candidates.FindAll(cluster => cluster.Count() == most);
        if (leading.Count > 1)
        {
            Problem = "There is no primary: the servers belong to different clusters: " + List(leading)
                + ". Set PgScale:SystemIdentifier to the right one, or correct the connection strings.";
        }

        return leading.Count == 1 ? leading[0].Key : 0;
    }

    private static string NobodyBelongs(ulong wanted, List<IGrouping<ulong, NodeRecord>> clusters) =>
        $"There is no primary: no server has the system identifier {wanted}: {List(clusters)}. "
        + "If the cluster was replaced on purpose, set PgScale:SystemIdentifier to the new one or restart.";

    private static string List(List<IGrouping<ulong, NodeRecord>> clusters) =>
        string.Join("; ", clusters.Select(cluster => $"{cluster.Key}: {string.Join(", ", cluster.Select(record => record.Node))}"));
}
