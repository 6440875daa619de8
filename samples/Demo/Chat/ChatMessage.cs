namespace PgScale.Samples.Demo.Chat;

/// <summary>One message. Its id is made by the client, so sending it twice is the same as sending it once.</summary>
internal sealed record ChatMessage(long ConversationId, Guid Id, long AuthorId, string Body);
