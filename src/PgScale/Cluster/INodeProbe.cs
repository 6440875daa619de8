namespace PgScale.Cluster;

/// <summary>How a <see cref="NodeWatch"/> asks its server; apart from it so that the watch can be tested on a controlled clock.</summary>
internal interface INodeProbe : IAsyncDisposable
{
    /// <summary>Asks for everything.</summary>
    Task<NodeFacts> AskAsync(CancellationToken cancellationToken);

    /// <summary>Asks for a sign of life.</summary>
    Task HeartbeatAsync(CancellationToken cancellationToken);
}
