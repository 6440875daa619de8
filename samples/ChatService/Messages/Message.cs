namespace PgScale.Samples.ChatService.Messages;

/// <summary>A message as it is shown.</summary>
internal sealed record Message(Guid Id, long AuthorId, DateTime SentAt, string Body);
