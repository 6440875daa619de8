namespace PgScale.Samples.ChatService.Conversations;

/// <summary>A conversation as it is shown, with its owner's name.</summary>
internal sealed record ConversationView(long Id, string Title, string OwnerName);
