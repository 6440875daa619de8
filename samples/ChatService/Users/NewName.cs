namespace PgScale.Samples.ChatService.Users;

/// <summary>The body of a request that renames a user.</summary>
internal sealed record NewName(string Name);
