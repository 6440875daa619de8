namespace PgScale.Cluster;

/// <summary>Finds servers at run time: a service registry, a control plane, a DNS zone. Implemented by the application.</summary>
/// <remarks>
/// Asked every <see cref="PgScaleOptions.TopologyRefreshInterval"/>, one question at a time. Its nodes are added to the configured
/// ones. An empty answer, an exception or an invalid node leaves the last good answer in force, and is logged.
/// </remarks>
public interface INodeSource
{
    /// <summary>All servers that the source knows now.</summary>
    /// <param name="cancellationToken">Cancelled when the application stops, or after 10 s.</param>
    Task<IReadOnlyList<NodeOptions>> GetNodesAsync(CancellationToken cancellationToken);
}
