using PgScale.Benchmarks.Load;

namespace PgScale.Benchmarks.Backfill;

/// <summary>What one fill of the table came to, and what the users beside it saw.</summary>
internal sealed record FillSample(double RowsPerSecond, PostsSize Before, PostsSize After, LoadResult Writes, LagRecord Lag, BatchTimes Batches)
{
    public double HeapGrowth => (After.Heap - Before.Heap) / 1e6;

    public double IndexGrowth => (After.Indexes - Before.Indexes) / 1e6;

    public double Wal => (After.Wal - Before.Wal) / 1e6;
}
