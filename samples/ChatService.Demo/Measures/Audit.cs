using Dapper;
using PgScale.Samples.ChatService.Demo.Scenes;
using PgScale.Samples.ChatService.Demo.Servers;
using PgScale.Samples.ChatService.Demo.Traffic;

namespace PgScale.Samples.ChatService.Demo.Measures;

/// <summary>When everybody has gone: is every confirmed message there, is each counted once, and is each request in the log once?</summary>
internal sealed class Audit(ChatServers servers, DemoLength length, TimeProvider time)
{
    private const string Sql = """
        SELECT (SELECT count(*) FROM messages) AS messages,
               (SELECT count(*) FROM unnest(@sent) AS sent (id) WHERE NOT EXISTS (SELECT FROM messages AS m WHERE m.id = sent.id)) AS missing,
               (SELECT sum(message_count)::bigint FROM conversations) AS counted,
               (SELECT count(*) FROM operation_log) AS logged
        """;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    public async Task<IReadOnlyList<Promise>> RunAsync(Side side, CancellationToken cancellationToken)
    {
        var books = side.Books;
        var found = await WaitForBuffersAsync(books, cancellationToken);
        var sent = books.Sent.Count;
        return
        [
            new($"every confirmed message is there ({sent:N0} sent, {found.Missing:N0} missing)", found.Missing == 0),
            new($"every message is there once ({found.Messages - length.Messages:N0} of {sent:N0})", found.Messages - length.Messages == sent),
            new($"every message is counted once ({found.Counted - length.Messages:N0} of {sent:N0})", found.Counted - length.Messages == sent),
            new($"every request is in the operation log once ({found.Logged:N0} of {books.Requests:N0})", found.Logged == books.Requests),
        ];
    }

    private async Task<Found> WaitForBuffersAsync(Books books, CancellationToken cancellationToken)
    {
        await using var primary = servers.OpenPrimary(ChatServers.With);
        await using var connection = await primary.OpenConnectionAsync(cancellationToken);
        var (startedAt, sent) = (time.GetTimestamp(), books.Sent.ToArray());
        while (true)
        {
            var found = await connection.QuerySingleAsync<Found>(new CommandDefinition(Sql, new { sent }, cancellationToken: cancellationToken));
            var isComplete = found.Logged >= books.Requests && found.Counted - length.Messages >= sent.Length;
            if (isComplete || time.GetElapsedTime(startedAt) > Deadline)
            {
                return found;
            }

            await Task.Delay(Look, time, cancellationToken);
        }
    }

    private sealed record Found(long Messages, long Missing, long Counted, long Logged);
}
