using PgScale.Buffering.Holding;

namespace PgScale.Buffering.Sinks;

/// <summary>What a user chose in registration, ready to be made when the options are known.</summary>
internal abstract class SinkPlan<T>
{
    /// <summary>Makes the sink and the store before it.</summary>
    internal abstract ItemStore<T> CreateStore(BatchLimits limits, int copyFromRows, Func<T, long>? sizeOf, TimeProvider time);

    /// <summary>Why a policy does not suit; null when it does.</summary>
    internal virtual string? ProblemWith(FullPolicy policy) => null;
}
