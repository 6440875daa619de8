using Npgsql;

namespace PgScale.Routing;

/// <summary>A read of which the router knows the commands, so that the check of a token travels with them.</summary>
internal sealed class BatchRead<T>(
    in ReadRequest request, Action<NpgsqlBatch> write, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, ReadSessions sessions) : ReadWork<T>(request)
{
    internal override async Task<T> RunAsync(NodeSession session, CancellationToken cancellationToken)
    {
        if (session.NeedsGuard)
        {
            var guarded = Compose(session.Connection, isGuarded: true);
            await using var closing = guarded.ConfigureAwait(false);
            var reader = await guarded.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using var reading = reader.ConfigureAwait(false);
            if (await FreshnessGuard.PassAsync(reader, session, Request.Token, cancellationToken).ConfigureAwait(false))
            {
                return await read(reader, cancellationToken).ConfigureAwait(false);
            }
        }

        if (session.NeedsGuard && !await sessions.WaitAsync(session, this, cancellationToken).ConfigureAwait(false))
        {
            throw new StaleNodeException(session.State.Name);
        }

        return await ReadAsync(session.Connection, cancellationToken).ConfigureAwait(false);
    }

    private async Task<T> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var batch = Compose(connection, isGuarded: false);
        await using var closing = batch.ConfigureAwait(false);
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var reading = reader.ConfigureAwait(false);
        return await read(reader, cancellationToken).ConfigureAwait(false);
    }

    private NpgsqlBatch Compose(NpgsqlConnection connection, bool isGuarded)
    {
        var batch = new NpgsqlBatch(connection);
        if (isGuarded)
        {
            batch.BatchCommands.Add(FreshnessGuard.CreateCommand());
        }

        write(batch);
        return batch;
    }
}
