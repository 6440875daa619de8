namespace PgScale.Buffering.Sinks;

/// <summary>Where the values of a key are.</summary>
/// <param name="Part">The part of the batch.</param>
/// <param name="Slot">The slot in its cells.</param>
internal readonly record struct MergePlace(int Part, int Slot);
