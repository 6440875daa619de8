using PgScale.Buffering;
using PgScale.Buffering.Holding;

namespace PgScale.Tests.Buffering;

/// <summary>Stores of merges, as a registration makes them.</summary>
internal static class MergedItems
{
    internal static ItemStore<long> Store(Action<MergeKeyBuilder<long>> merge, Func<long, long>? sizeOf = null, long maxBytes = 1 << 20) => Store<long>(merge, sizeOf, maxBytes);

    internal static ItemStore<T> Store<T>(Action<MergeKeyBuilder<T>> merge, Func<T, long>? sizeOf = null, long maxBytes = 1 << 20)
    {
        LazyWriteBufferBuilder<T> builder = new("merged");
        merge(builder.MergeInto("merged"));
        return builder.Plan.CreateStore(new(1_000, maxBytes, 1_000, maxBytes), 1_000, sizeOf, TimeProvider.System);
    }
}
