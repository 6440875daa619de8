namespace PgScale.Tests.Caching.Local;

/// <summary>A value that knows its key and its place among the values of that key, and how often it was removed.</summary>
internal sealed class StampedEntry(int key, int version, int size)
{
    private int _removals;

    internal int Key { get; } = key;

    internal int Version { get; } = version;

    internal int Size { get; } = size;

    internal int CountRemoval() => Interlocked.Increment(ref _removals);
}
