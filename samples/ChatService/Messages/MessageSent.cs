namespace PgScale.Samples.ChatService.Messages;

/// <summary>A conversation has one message more.</summary>
internal readonly record struct MessageSent(long ConversationId, DateTimeOffset At);
