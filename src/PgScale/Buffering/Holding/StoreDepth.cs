namespace PgScale.Buffering.Holding;

/// <summary>How much a store holds at one moment.</summary>
/// <param name="Items">Items or keys, those of batches under way included.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="OldestAt">When the oldest of them came, as <see cref="TimeProvider.GetTimestamp"/>; 0 when there is none.</param>
internal readonly record struct StoreDepth(int Items, long Bytes, long OldestAt);
