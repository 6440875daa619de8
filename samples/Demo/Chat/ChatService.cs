using Npgsql;
using PgScale.Cluster;

namespace PgScale.Samples.Demo.Chat;

/// <summary>The application: it reads and sends messages, and leaves the choice of a server to <see cref="ChatServers"/>.</summary>
internal sealed class ChatService(ChatServers servers)
{
    private const string LatestSql = """
        SELECT m.id, m.author_id, m.body
        FROM messages AS m
        WHERE m.conversation_id = $1
        ORDER BY m.id DESC
        LIMIT 20
        """;

    private const string SendSql = """
        INSERT INTO messages (conversation_id, id, author_id, body)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (conversation_id, id) DO NOTHING
        """;

    /// <summary>The latest messages of a conversation; with a token, as new as that token at least.</summary>
    public Task<ChatRead<List<ChatMessage>>> ReadLatestAsync(long conversationId, ConsistencyToken token, CancellationToken cancellationToken) =>
        servers.ReadAsync((connection, stop) => QueryLatestAsync(connection, conversationId, stop), token, cancellationToken);

    /// <summary>Sends a message; the token makes a later read see it.</summary>
    public Task<ChatWrite> SendAsync(ChatMessage message, CancellationToken cancellationToken) =>
        servers.WriteAsync((connection, stop) => InsertAsync(connection, message, stop), cancellationToken);

    private static async Task<List<ChatMessage>> QueryLatestAsync(NpgsqlConnection connection, long conversationId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(LatestSql, connection) { Parameters = { new() { Value = conversationId } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var messages = new List<ChatMessage>();
        while (await reader.ReadAsync(cancellationToken))
        {
            messages.Add(new(conversationId, reader.GetGuid(0), reader.GetInt64(1), reader.GetString(2)));
        }

        return messages;
    }

    private static async Task InsertAsync(NpgsqlConnection connection, ChatMessage message, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SendSql, connection)
        {
            Parameters =
            {
                new() { Value = message.ConversationId },
                new() { Value = message.Id },
                new() { Value = message.AuthorId },
                new() { Value = message.Body },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
