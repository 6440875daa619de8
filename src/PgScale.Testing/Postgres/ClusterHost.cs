namespace PgScale.Testing.Postgres;

/// <summary>Where the servers of a cluster come from and how their number and roles change.</summary>
internal abstract class ClusterHost(TimeSpan timeout) : IAsyncDisposable
{
    /// <summary>The servers at the start, the primary first.</summary>
    public abstract IReadOnlyList<PostgresServer> Servers { get; }

    public abstract int MajorVersion { get; }

    public TimeSpan Timeout { get; } = timeout;

    protected abstract string Kind { get; }

    public virtual Task<PostgresServer> AddReplicaAsync(
        string name, PostgresServer upstream, PostgresServer primary, CancellationToken cancellationToken) => throw Unsupported("gets no replicas added");

    public virtual Task RemoveAsync(PostgresServer server, CancellationToken cancellationToken) => throw Unsupported("gets no servers removed");

    public virtual Task PromoteAsync(PostgresServer candidate, IReadOnlyList<PostgresServer> servers, CancellationToken cancellationToken) =>
        throw Unsupported("gets nobody promoted");

    public virtual Task RejoinAsync(PostgresServer server, PostgresServer primary, CancellationToken cancellationToken) =>
        throw Unsupported("gets nobody rejoined");

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private NotSupportedException Unsupported(string what) => new($"{Kind} {what}; use a cluster that PostgresCluster starts itself.");
}
