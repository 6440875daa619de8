namespace PgScale.Benchmarks.Buffering;

/// <summary>One burst of entries.</summary>
/// <param name="EnqueuedPerSecond">Entries that were acknowledged, each by <c>TryEnqueue</c>.</param>
/// <param name="WrittenPerSecond">Entries from the first enqueue to the commit of the last.</param>
internal sealed record DurableSample(double EnqueuedPerSecond, double WrittenPerSecond);
