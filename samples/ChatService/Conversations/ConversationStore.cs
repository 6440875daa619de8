using Dapper;
using PgScale.Caching;
using PgScale.Cluster;
using PgScale.Routing;

namespace PgScale.Samples.ChatService.Conversations;

/// <summary>Single conversations come from the cache, lists of them from a replica.</summary>
internal sealed class ConversationStore(ReplicaRouter router, CacheWithLocking cache)
{
    private const string FindSql = "SELECT id, title, owner_id AS ownerId FROM conversations WHERE id = @id";
    private const string RetitleSql = "UPDATE conversations SET title = @title WHERE id = @id";

    private const string ListSql = """
        SELECT id, title, message_count AS messageCount, last_message_at AS lastMessageAt
        FROM conversations
        WHERE owner_id = @userId
        ORDER BY last_message_at DESC NULLS LAST
        LIMIT 50
        """;

    public ValueTask<Conversation?> FindAsync(long id, CancellationToken cancellationToken) => cache.GetOrCreateAsync(
        KeyOf(id),
        async (fill, stop) => await router.ReadAsync(
            (connection, end) => connection.QuerySingleOrDefaultAsync<Conversation?>(new CommandDefinition(FindSql, new { id }, cancellationToken: end)),
            new ReadOptions { Token = fill.Token },
            stop),
        cancellationToken: cancellationToken);

    /// <summary>A user's conversations, the liveliest first.</summary>
    public Task<IEnumerable<ConversationSummary>> ListAsync(long userId, CancellationToken cancellationToken) => router.ReadAsync(
        (connection, stop) => connection.QueryAsync<ConversationSummary>(new CommandDefinition(ListSql, new { userId }, cancellationToken: stop)),
        new ReadOptions { Tier = TierNames.Important },
        cancellationToken);

    /// <summary>Gives a conversation another title.</summary>
    /// <returns>Whether there is such a conversation.</returns>
    public async Task<bool> RetitleAsync(long id, string title, CancellationToken cancellationToken)
    {
        var write = await router.WriteAsync(
            (connection, stop) => connection.ExecuteAsync(new CommandDefinition(RetitleSql, new { id, title }, cancellationToken: stop)),
            new WriteOptions { Idempotent = true },
            cancellationToken);
        await cache.RemoveAsync(KeyOf(id), write.Token, CancellationToken.None);
        return write.Value == 1;
    }

    private static string KeyOf(long id) => $"conversation:{id}";
}
