namespace PgScale.Samples.ChatService.Conversations;

/// <summary>A line in a user's list. The count and the time come from a buffer and are a second behind.</summary>
internal sealed record ConversationSummary(long Id, string Title, long MessageCount, DateTime? LastMessageAt);
