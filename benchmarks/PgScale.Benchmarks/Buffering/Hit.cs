namespace PgScale.Benchmarks.Buffering;

/// <summary>One message in a conversation.</summary>
internal readonly record struct Hit(long Conversation, DateTime At);
