using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PgScale.Buffering;

namespace PgScale.Tests.Docs.Snippets;

/// <summary>The code of docs/buffering.md.</summary>
internal static class BufferingPage
{
    public static void Register(IHostApplicationBuilder builder)
    {
        builder.Services.AddPgScale(builder.Configuration.GetSection("PgScale"))
            .AddLazyWriteBuffer<LogEntry>(to => to.AppendTo("operation_log")
                .Column("user_id", entry => entry.UserId)
                .Column("payload", entry => entry.Payload))      // a string goes into jsonb
            .AddLazyWriteBuffer<Message>(to => to.MergeInto("conversations").Key("id", message => message.ConversationId)
                .Sum("message_count", _ => 1)
                .Max("last_message_at", message => message.At)
                .UpdateOnly())
            .AddLazyWriteBuffer<Seen>(to => to.MergeInto("users").Key("id", seen => seen.UserId)
                .MaxIfChangedByMoreThan("last_seen", seen => seen.At, TimeSpan.FromHours(1))
                .UpdateOnly());
        builder.Services.AddHealthChecks().AddPgScaleBuffering();
    }

    public static void Redact(LazyWriteBufferBuilder<LogEntry> to)
    {
        var rules = RedactionRules.Default.And("authorization", "iban");   // password, passwd, pwd, token, secret and apiKey are in it
        to.Redact(entry => entry with { Payload = rules.Json(entry.Payload), Url = rules.Text(entry.Url) });
    }

    internal sealed record LogEntry(long UserId, string? Payload, string? Url);

    internal sealed record Message(long ConversationId, DateTimeOffset At);

    internal sealed record Seen(long UserId, DateTimeOffset At);
}
