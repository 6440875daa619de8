using Dapper;
using Npgsql;

namespace PgScale.Samples.ChatService.Demo.Servers;

/// <summary>Users, conversations and messages to begin with, the same on both sides.</summary>
internal static class ChatData
{
    private const string UsersSql = "INSERT INTO users (name, about) SELECT 'User ' || n, 'Likes long walks and short queries.' FROM generate_series(1, @users) AS n";

    private const string ConversationsSql = """
        INSERT INTO conversations (owner_id, title)
        SELECT n, 'Conversation ' || n FROM generate_series(1, @users) AS n
        """;

    // The bits of a version 7 uuid, a second of the past for each: in order of time, as clients make them.
    private const string MessagesSql = """
        INSERT INTO messages (id, conversation_id, author_id, sent_at, body)
        SELECT (lpad(to_hex((extract(epoch FROM now())::bigint - @messages + n) * 1000), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 5, 15))::uuid,
            1 + n % @users, 1 + (n * 7) % @users, now() - make_interval(secs => @messages - n), repeat('As agreed, the release goes out at four. ', 1 + n % 4)
        FROM generate_series(1, @messages) AS n
        """;

    private const string CountSql = """
        UPDATE conversations AS c SET message_count = m.messages, last_message_at = m.latest
        FROM (SELECT conversation_id, count(*) AS messages, max(sent_at) AS latest FROM messages GROUP BY conversation_id) AS m
        WHERE c.id = m.conversation_id
        """;

    public static async Task FillAsync(NpgsqlDataSource primary, DemoLength length, CancellationToken cancellationToken)
    {
        await using var connection = await primary.OpenConnectionAsync(cancellationToken);
        foreach (var sql in (string[])[UsersSql, ConversationsSql, MessagesSql, CountSql, "VACUUM ANALYZE"])
        {
            await connection.ExecuteAsync(new CommandDefinition(sql, new { users = length.Users, messages = length.Messages }, commandTimeout: 60, cancellationToken: cancellationToken));
        }
    }
}
