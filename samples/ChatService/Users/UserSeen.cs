namespace PgScale.Samples.ChatService.Users;

/// <summary>A user has shown up.</summary>
internal readonly record struct UserSeen(long UserId, DateTimeOffset At);
