namespace PgScale.Samples.Demo.Chat;

/// <summary>A message more in a conversation.</summary>
internal readonly record struct ConversationHit(long ConversationId);
