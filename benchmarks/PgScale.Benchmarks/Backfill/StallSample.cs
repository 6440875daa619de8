namespace PgScale.Benchmarks.Backfill;

/// <summary>What a stall came to: bytes of log, seconds from it to the stop, and stops that it did not cause.</summary>
internal sealed record StallSample(long Unreplayed, double StoppedAfter, int FalseStops);
