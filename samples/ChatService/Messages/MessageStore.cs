using Dapper;
using Npgsql;
using PgScale.Buffering;
using PgScale.Cluster;
using PgScale.Routing;

namespace PgScale.Samples.ChatService.Messages;

/// <summary>Messages: sent to the primary at once, read from replicas, counted in a buffer.</summary>
internal sealed class MessageStore(ReplicaRouter router, LazyWriteBuffer<MessageSent> sent, TimeProvider time)
{
    private const string LatestSql = """
        SELECT id, author_id AS authorId, sent_at AS sentAt, body
        FROM messages
        WHERE conversation_id = @conversationId
        ORDER BY id DESC
        LIMIT 20
        """;

    private const string WordsSql = """
        SELECT coalesce(sum(array_length(string_to_array(body, ' '), 1)), 0)
        FROM messages
        WHERE conversation_id = @conversationId
        """;

    private const string SendSql = """
        INSERT INTO messages (id, conversation_id, author_id, sent_at, body)
        VALUES (@Id, @conversationId, @authorId, @at, @Body)
        ON CONFLICT (id) DO NOTHING
        """;

    /// <summary>The latest messages, from a replica that is at most a second behind and that knows what this user has sent.</summary>
    public Task<IEnumerable<Message>> ReadLatestAsync(long conversationId, CancellationToken cancellationToken) => router.ReadAsync(
        (connection, stop) => connection.QueryAsync<Message>(new CommandDefinition(LatestSql, new { conversationId }, cancellationToken: stop)),
        new ReadOptions { Tier = TierNames.Critical },
        cancellationToken);

    /// <summary>How many words a conversation has: long, of no hurry, and never on the primary.</summary>
    public Task<long> CountWordsAsync(long conversationId, CancellationToken cancellationToken) => router.ReadAsync(
        (connection, stop) => connection.ExecuteScalarAsync<long>(new CommandDefinition(WordsSql, new { conversationId }, cancellationToken: stop)),
        new ReadOptions { Tier = TierNames.BestEffort, AllowPrimary = false },
        cancellationToken);

    public async Task SendAsync(long conversationId, long authorId, NewMessage message, CancellationToken cancellationToken)
    {
        var at = time.GetUtcNow();
        var attempts = 0;
        var write = await router.WriteAsync(
            (connection, stop) =>
            {
                attempts++;
                return InsertAsync(connection, new { message.Id, conversationId, authorId, at, message.Body }, stop);
            },
            new WriteOptions { Tier = TierNames.Critical, Idempotent = true },
            cancellationToken);
        // After a lost answer the second attempt finds the row of the first, and it counts all the same.
        if (write.Value == 1 || attempts > 1)
        {
            await sent.EnqueueAsync(new(conversationId, at), CancellationToken.None);
        }
    }

    private static Task<int> InsertAsync(NpgsqlConnection connection, object message, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(SendSql, message, cancellationToken: cancellationToken));
}
