namespace PgScale.Samples.ChatService.Conversations;

/// <summary>The body of a request that gives a conversation another title.</summary>
internal sealed record NewTitle(string Title);
