namespace PgScale.Benchmarks.Backfill;

/// <summary>What a table takes up, and how much log the server had written by then.</summary>
internal sealed record PostsSize(long Heap, long Indexes, long DeadRows, long Wal);
