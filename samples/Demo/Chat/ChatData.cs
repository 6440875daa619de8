using Npgsql;
using NpgsqlTypes;

namespace PgScale.Samples.Demo.Chat;

/// <summary>Fills the chat's tables with 1,000,000 rows: COPY on several connections, keys afterwards.</summary>
internal sealed class ChatData(NpgsqlDataSource primary, TimeProvider time)
{
    public const int Users = 50_000;
    public const int Conversations = 100_000;
    public const int Messages = 850_000;
    public const int Rows = Users + Conversations + Messages;

    private const int Parts = 2;
    private static readonly TimeSpan Period = TimeSpan.FromDays(180);

    private readonly DateTimeOffset _firstDay = time.GetUtcNow() - Period;

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await ExecuteAsync(ChatSchema.Tables, cancellationToken);
        var messages = Enumerable.Range(0, Parts).Select(part => CopyMessagesAsync(part, cancellationToken));
        await Task.WhenAll([CopyUsersAndConversationsAsync(cancellationToken), .. messages]);
        await Task.WhenAll(ChatSchema.Keys.Select(keys => ExecuteAsync(keys, cancellationToken)));
        await ExecuteAsync(ChatSchema.References, cancellationToken);
    }

    private async Task CopyUsersAndConversationsAsync(CancellationToken cancellationToken)
    {
        var random = new Random(1);
        await CopyAsync("users (id, handle, full_name, joined_at)", Users, async (rows, index) =>
        {
            var name = ChatWords.FullName(random);
            await rows.WriteAsync((long)index + 1, NpgsqlDbType.Bigint, cancellationToken);
            await rows.WriteAsync($"{name.Replace(" ", ".", StringComparison.Ordinal)}.{index}", NpgsqlDbType.Text, cancellationToken);
            await rows.WriteAsync(name, NpgsqlDbType.Text, cancellationToken);
            await rows.WriteAsync(TimeOf(index, Users), NpgsqlDbType.TimestampTz, cancellationToken);
        }, cancellationToken);
        await CopyAsync("conversations (id, owner_id, title, started_at)", Conversations, async (rows, index) =>
        {
            await rows.WriteAsync((long)index + 1, NpgsqlDbType.Bigint, cancellationToken);
            await rows.WriteAsync((long)random.Next(Users) + 1, NpgsqlDbType.Bigint, cancellationToken);
            await rows.WriteAsync(ChatWords.Topic(random), NpgsqlDbType.Text, cancellationToken);
            await rows.WriteAsync(TimeOf(index, Conversations), NpgsqlDbType.TimestampTz, cancellationToken);
        }, cancellationToken);
    }

    private async Task CopyMessagesAsync(int part, CancellationToken cancellationToken)
    {
        var random = new Random(2 + part);
        var (first, end) = ((long)Messages * part / Parts, (long)Messages * (part + 1) / Parts);
        await CopyAsync("messages (conversation_id, id, author_id, sent_at, body)", (int)(end - first), async (rows, index) =>
        {
            var sentAt = TimeOf(first + index, Messages);
            await rows.WriteAsync(BusyConversation(random), NpgsqlDbType.Bigint, cancellationToken);
            await rows.WriteAsync(Guid.CreateVersion7(sentAt), NpgsqlDbType.Uuid, cancellationToken);
            await rows.WriteAsync((long)random.Next(Users) + 1, NpgsqlDbType.Bigint, cancellationToken);
            await rows.WriteAsync(sentAt, NpgsqlDbType.TimestampTz, cancellationToken);
            await rows.WriteAsync(ChatWords.Message(random), NpgsqlDbType.Text, cancellationToken);
        }, cancellationToken);
    }

    private async Task CopyAsync(string target, int count, Func<NpgsqlBinaryImporter, int, Task> writeRow, CancellationToken cancellationToken)
    {
        await using var connection = await primary.OpenConnectionAsync(cancellationToken);
        await using var rows = await connection.BeginBinaryImportAsync($"COPY {target} FROM STDIN (FORMAT binary)", cancellationToken);
        for (var index = 0; index < count; index++)
        {
            await rows.StartRowAsync(cancellationToken);
            await writeRow(rows, index);
        }

        await rows.CompleteAsync(cancellationToken);
    }

    // A few conversations are long, most are short.
    private static long BusyConversation(Random random) => 1 + (long)(Conversations * Math.Pow(random.NextDouble(), 2));

    private DateTimeOffset TimeOf(long index, int count) => _firstDay + (Period * ((double)index / count));

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = primary.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
