namespace PgScale.Samples.ChatService.Messages;

/// <summary>The body of a request that sends a message. Its id is made by the client, so that sending it again is no second message.</summary>
internal sealed record NewMessage(Guid Id, string Body);
