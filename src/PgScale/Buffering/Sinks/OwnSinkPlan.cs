using Npgsql;
using PgScale.Buffering.Holding;

namespace PgScale.Buffering.Sinks;

/// <inheritdoc/>
internal sealed class OwnSinkPlan<T>(Func<NpgsqlConnection, IReadOnlyList<T>, CancellationToken, Task> flush) : SinkPlan<T>
{
    internal override ItemStore<T> CreateStore(BatchLimits limits, int copyFromRows, Func<T, long>? sizeOf, TimeProvider time) =>
        new SegmentStore<T>(new OwnSink<T>(flush, sizeOf), limits, time);
}
