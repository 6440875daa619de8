using System.Collections.Concurrent;
using PgScale.Buffering.Flushing;
using PgScale.Buffering.Sinks;

namespace PgScale.Tests.Buffering;

/// <summary>Lanes without a server: they note what they get, and end when a test lets them.</summary>
internal sealed class PaperLane : IFlushLane
{
    private TaskCompletionSource? _gate;

    internal ConcurrentQueue<long> Written { get; } = new();

    internal ConcurrentQueue<int> Batches { get; } = new();

    /// <summary>From now on batches wait; the way to let them end.</summary>
    internal TaskCompletionSource Hold() => _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task<LaneReport> WriteAsync(RowBatch batch, CancellationToken giveUp)
    {
        Batches.Enqueue(batch.Rows);
        if (_gate is { } gate)
        {
            await gate.Task.WaitAsync(giveUp);
        }

        for (var row = 0; row < batch.Rows; row++)
        {
            Written.Enqueue((long)batch.ItemAt(row)!);
        }

        var report = new LaneReport();
        report.Wrote(batch.Rows, default);
        return report;
    }
}
