using Npgsql;
using PgScale.Cluster;
using PgScale.Routing;

namespace PgScale.Samples.Demo.Chat;

/// <summary>The application: it says what a read or a write needs and leaves the choice of a server to the router.</summary>
internal sealed class ChatService(ReplicaRouter router, ClusterMonitor monitor, ChatServers servers)
{
    private const string LatestSql = """
        SELECT m.id, m.author_id, m.body
        FROM messages AS m
        WHERE m.conversation_id = $1
        ORDER BY m.id DESC
        LIMIT 20
        """;

    private const string ExportSql = """
        SELECT count(*), sum(length(m.body))
        FROM messages AS m
        WHERE m.conversation_id BETWEEN $1 AND $1 + 2000
        """;

    private const string SendSql = """
        INSERT INTO messages (conversation_id, id, author_id, body)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (conversation_id, id) DO NOTHING
        """;

    // The id comes from the client, so sending a message twice is the same as sending it once.
    private static readonly WriteOptions Send = new() { Idempotent = true };

    /// <summary>The latest messages of a conversation; with a token, as new as that token at least.</summary>
    public async Task<ChatRead<List<ChatMessage>>> ReadLatestAsync(long conversationId, ConsistencyToken token, CancellationToken cancellationToken)
    {
        var attempts = 0;
        var (messages, node, attempt) = await router.ReadAsync(
            async (connection, stop) =>
            {
                var number = Interlocked.Increment(ref attempts);
                return (await QueryLatestAsync(connection, conversationId, stop), servers.NameOf(connection), number);
            },
            new ReadOptions { Tier = TierNames.Critical, Token = token },
            cancellationToken);
        var snapshot = monitor.Current;
        var coverage = snapshot.Find(node) is { } state ? snapshot.CoverageOf(state, token) : TokenCoverage.NotYet;
        return new(messages, node, node == snapshot.Primary?.Name, coverage, Retries: attempt - 1);
    }

    /// <summary>Counts the words of many conversations: long, and of no hurry.</summary>
    public Task<long> ExportAsync(long firstConversationId, CancellationToken cancellationToken) =>
        router.ReadAsync(
            (connection, stop) => QueryExportAsync(connection, firstConversationId, stop),
            new ReadOptions { Tier = TierNames.BestEffort, AllowPrimary = false },
            cancellationToken);

    /// <summary>Sends a message; the token makes a later read see it.</summary>
    public async Task<ChatWrite> SendAsync(ChatMessage message, CancellationToken cancellationToken)
    {
        var attempts = 0;
        var write = await router.WriteAsync(
            async (connection, stop) =>
            {
                attempts++;
                await InsertAsync(connection, message, stop);
                return servers.NameOf(connection);
            },
            Send,
            cancellationToken);
        return new(write.Value, write.Token, Retries: attempts - 1);
    }

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

    private static async Task<long> QueryExportAsync(NpgsqlConnection connection, long firstConversationId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ExportSql, connection) { Parameters = { new() { Value = firstConversationId } } };
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
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
