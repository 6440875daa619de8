namespace PgScale.Buffering.Flushing;

/// <summary>Somebody who waits until everything up to a mark is written.</summary>
internal sealed class FlushRequest
{
    private readonly TaskCompletionSource<FlushResult> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Up to where; beyond all that there can be while it is not known.</summary>
    internal long Mark { get; set; } = long.MaxValue;

    internal long Rows { get; set; }

    internal long DeadLetters { get; set; }

    internal Task<FlushResult> Ended => _ended.Task;

    internal void Succeed(Cluster.ConsistencyToken token) => _ended.TrySetResult(new(Rows, DeadLetters, token));

    internal void Fail(Exception failure) => _ended.TrySetException(failure);
}
