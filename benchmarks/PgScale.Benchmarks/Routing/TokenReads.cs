using PgScale.Routing;

namespace PgScale.Benchmarks.Routing;

/// <summary>The router's way: the token of the write travels with the reads.</summary>
internal sealed class TokenReads(ReplicaRouter router)
{
    public async Task<ReadBack> WriteAsync(int client, int value, CancellationToken cancellationToken)
    {
        var written = await router.WriteAsync(
            (connection, cancellation) => OwnValues.WriteAsync(connection, client, value, cancellation), cancellationToken: cancellationToken);
        var options = new ReadOptions { Token = written.Token };
        return () => router.ReadAsync((connection, cancellation) => OwnValues.ReadAsync(connection, client, cancellation), options, cancellationToken);
    }
}
