namespace PgScale.Caching.Local;

/// <summary>What an entry takes in memory, in bytes: its value as the caller says, its key, and its places in the store.</summary>
internal static class EntryWeight
{
    // Measured by a test on 64 bits: the node 64, the dictionary's node 48 and buckets 8 to 16, the memory of an eviction 8 to 16.
    private const int Node = 64 + 48 + 12 + 12;
    private const int EmptyString = 22;
    private const int Alignment = 8;

    /// <summary>What an empty value under an empty key takes.</summary>
    internal static long Least { get; } = Of("", size: 0);

    internal static long Of(string key, long size)
    {
        var overhead = Node + AlignUp(EmptyString + ((long)key.Length * sizeof(char)));
        return size > long.MaxValue - overhead ? long.MaxValue : size + overhead;
    }

    private static long AlignUp(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}
