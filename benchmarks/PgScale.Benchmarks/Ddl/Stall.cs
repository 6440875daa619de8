namespace PgScale.Benchmarks.Ddl;

/// <summary>What a schema change did to the clients that were at work.</summary>
/// <param name="Milliseconds">The longest time that one operation of a client took while the change was under way.</param>
/// <param name="Seconds">How long the change took.</param>
/// <param name="Tries">How often it queued for its locks, where that is counted.</param>
internal sealed record Stall(double Milliseconds, double Seconds, int Tries);
