namespace PgScale.Benchmarks.Buffering;

/// <summary>A request of a user.</summary>
internal readonly record struct Seen(long User, DateTime At);
