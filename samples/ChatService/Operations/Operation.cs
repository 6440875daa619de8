namespace PgScale.Samples.ChatService.Operations;

/// <summary>Who did what, how it ended and how long it took: a line of the operation log.</summary>
internal readonly record struct Operation(DateTimeOffset At, long UserId, string Method, string Path, int Status, double Seconds);
