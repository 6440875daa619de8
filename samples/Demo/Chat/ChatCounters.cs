using Npgsql;
using PgScale.Buffering;
using PgScale.Cluster;
using PgScale.Routing;

namespace PgScale.Samples.Demo.Chat;

/// <summary>How many messages a conversation has: counted in memory, written once for all that came since the last time.</summary>
internal sealed class ChatCounters(LazyWriteBuffer<ConversationHit> hits, ReplicaRouter router)
{
    private const string OneByOneSql = "UPDATE conversations SET message_count = message_count + 1 WHERE id = $1";

    /// <summary>Counts a message; it is in the database within the flush interval.</summary>
    public ValueTask<bool> CountAsync(ConversationHit hit, CancellationToken cancellationToken) => hits.EnqueueAsync(hit, cancellationToken);

    /// <summary>Writes what is counted; a read with the token sees it.</summary>
    public Task<FlushResult> FlushAsync(CancellationToken cancellationToken) => hits.FlushAsync(cancellationToken);

    /// <summary>The naive way: a statement and a commit for each message.</summary>
    public Task<ConsistencyToken> CountOneByOneAsync(ConversationHit hit, CancellationToken cancellationToken) =>
        router.WriteAsync(
            async (connection, stop) =>
            {
                await using var command = new NpgsqlCommand(OneByOneSql, connection) { Parameters = { new() { Value = hit.ConversationId } } };
                await command.ExecuteNonQueryAsync(stop);
            },
            cancellationToken: cancellationToken);

    /// <summary>All messages that were counted, as a replica sees it that holds the token.</summary>
    public Task<long> ReadTotalAsync(ConsistencyToken token, CancellationToken cancellationToken) =>
        router.ReadAsync(
            async (connection, stop) =>
            {
                await using var command = new NpgsqlCommand("SELECT sum(message_count)::bigint FROM conversations", connection);
                return (long)(await command.ExecuteScalarAsync(stop))!;
            },
            new ReadOptions { Token = token },
            cancellationToken);
}
