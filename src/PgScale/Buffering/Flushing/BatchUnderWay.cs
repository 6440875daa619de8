using PgScale.Buffering.Sinks;

namespace PgScale.Buffering.Flushing;

/// <summary>A batch that a lane writes now.</summary>
/// <param name="batch">The rows.</param>
/// <param name="after">Up to where everything had been taken before it.</param>
internal sealed class BatchUnderWay(RowBatch batch, long after)
{
    internal RowBatch Batch { get; } = batch;

    internal Task Writing { get; set; } = Task.CompletedTask;

    /// <summary>Whether a request waits for it.</summary>
    internal bool Concerns(FlushRequest request) => after < request.Mark;
}
