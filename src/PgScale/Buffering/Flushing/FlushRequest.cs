namespace PgScale.Buffering.Flushing;

/// <summary>Somebody who waits until everything up to a mark is written.</summary>
internal sealed class FlushRequest(long mark)
{
    private readonly TaskCompletionSource<FlushResult> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal long Mark { get; } = mark;

    internal long Rows { get; set; }

    internal long DeadLetters { get; set; }

    internal Task<FlushResult> Ended => _ended.Task;

    internal void Succeed(Cluster.ConsistencyToken token) => _ended.TrySetResult(new(Rows, DeadLetters, token));

    internal void Fail(Exception failure) => _ended.TrySetException(failure);
}
