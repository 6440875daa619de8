using PgScale.Buffering;
using PgScale.DependencyInjection;
using PgScale.Samples.ChatService.Messages;
using PgScale.Samples.ChatService.Operations;
using PgScale.Samples.ChatService.Users;

namespace PgScale.Samples.ChatService;

/// <summary>Writes that can wait a second: they are merged in memory and reach the primary together.</summary>
internal static class ChatBuffers
{
    // Of all that is heard of a user within this time, one thing is written.
    private static readonly TimeSpan SeenSpan = TimeSpan.FromMinutes(5);

    public static IPgScaleBuilder AddChatBuffers(this IPgScaleBuilder pgscale) => pgscale
        .AddLazyWriteBuffer<MessageSent>(to => to.MergeInto("conversations")
            .Key("id", sent => sent.ConversationId)
            .Sum("message_count", _ => 1)
            .Max("last_message_at", sent => sent.At)
            .UpdateOnly())
        .AddLazyWriteBuffer<UserSeen>(to => to.MergeInto("users")
            .Key("id", seen => seen.UserId)
            .MaxIfChangedByMoreThan("last_seen", seen => seen.At, SeenSpan)
            .UpdateOnly())
        .AddLazyWriteBuffer<Operation>(to => to
            .Redact(operation => operation with { Path = RedactionRules.Default.Text(operation.Path)! })
            .AppendTo("operation_log")
            .Column("at", operation => operation.At)
            .Column("user_id", operation => operation.UserId)
            .Column("method", operation => operation.Method)
            .Column("path", operation => operation.Path)
            .Column("status", operation => operation.Status)
            .Column("seconds", operation => operation.Seconds));
}
