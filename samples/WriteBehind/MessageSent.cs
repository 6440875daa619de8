namespace PgScale.Samples.WriteBehind;

/// <summary>A message was sent. A struct, so that taking it into a buffer allocates nothing.</summary>
internal readonly record struct MessageSent(int ConversationId, DateTimeOffset At, string Client);
