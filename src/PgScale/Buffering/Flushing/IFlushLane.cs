using PgScale.Buffering.Sinks;

namespace PgScale.Buffering.Flushing;

/// <summary>Writes batches one after the other.</summary>
internal interface IFlushLane
{
    /// <summary>Writes a batch until each of its rows is committed or is a dead letter.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="giveUp">Lets go of it at once, whatever its outcome.</param>
    Task<LaneReport> WriteAsync(RowBatch batch, CancellationToken giveUp);
}
