using PgScale.Buffering.Flushing;
using PgScale.Buffering.Sinks;

namespace PgScale.Benchmarks.Buffering;

/// <summary>Ends every batch at once.</summary>
internal sealed class ForgettingLane : IFlushLane
{
    public Task<LaneReport> WriteAsync(RowBatch batch, CancellationToken giveUp)
    {
        var report = new LaneReport();
        report.Wrote(batch.Rows, default);
        return Task.FromResult(report);
    }
}
