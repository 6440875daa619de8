using Npgsql;
using PgScale.Cluster;
using PgScale.Samples.Demo.Scenes;

namespace PgScale.Samples.Demo.Load;

/// <summary>When the load has ended: is every confirmed message there, and do all servers hold the same?</summary>
internal sealed class Audit(DemoCluster servers, ClusterSnapshot snapshot)
{
    private const string MissingSql = """
        SELECT sent.place
        FROM unnest($1::bigint[], $2::uuid[]) WITH ORDINALITY AS sent (conversation_id, id, place)
        WHERE NOT EXISTS (SELECT FROM messages AS m WHERE m.conversation_id = sent.conversation_id AND m.id = sent.id)
        """;

    public async Task<IReadOnlyList<Promise>> RunAsync(IReadOnlyCollection<SentMessage> sent, CancellationToken cancellationToken)
    {
        await servers.WaitForReplicasAsync(cancellationToken);
        var all = sent.ToArray();
        var missing = await FindMissingAsync(all, cancellationToken);
        var unexplained = missing.Count(message => snapshot.CoverageOf(snapshot.GetPrimary(), message.Token) != TokenCoverage.Lost);
        var counts = await Task.WhenAll(servers.Servers.Select(server => server.ScalarAsync<long>("SELECT count(*) FROM messages", cancellationToken)));
        return
        [
            new($"every confirmed message is there or its token says that it was lost ({all.Length:N0} sent, {missing.Count:N0} lost)", unexplained == 0),
            new($"all servers hold the same messages ({string.Join(", ", counts.Select(count => $"{count:N0}"))})", counts.Distinct().Count() == 1),
        ];
    }

    private async Task<List<SentMessage>> FindMissingAsync(SentMessage[] sent, CancellationToken cancellationToken)
    {
        await using var connection = await servers.Primary.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(MissingSql, connection)
        {
            Parameters =
            {
                new() { Value = Array.ConvertAll(sent, message => message.Message.ConversationId) },
                new() { Value = Array.ConvertAll(sent, message => message.Message.Id) },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var missing = new List<SentMessage>();
        while (await reader.ReadAsync(cancellationToken))
        {
            missing.Add(sent[reader.GetInt64(0) - 1]);
        }

        return missing;
    }
}
