namespace PgScale.Caching.Local;

/// <summary>A key with its current value, and its place in one of the two queues. Never used again once it was removed.</summary>
/// <remarks>Readers touch <see cref="Entry"/> and the uses; all else is written and read under the store's lock.</remarks>
internal sealed class LocalNode<TEntry>(string key, TEntry entry, long weight)
    where TEntry : class
{
    // Two bits in the paper; more make an entry that was hot once stay long after.
    private const byte MostUses = 3;

    private volatile TEntry _entry = entry;
    private byte _uses;

    internal string Key { get; } = key;

    // Seeded at random per process: nobody can choose keys that pass for each other.
    internal int Hash { get; } = StringComparer.Ordinal.GetHashCode(key);

    internal TEntry Entry
    {
        get => _entry;
        set => _entry = value;
    }

    internal long Weight { get; set; } = weight;

    internal bool IsMain { get; set; }

    internal LocalNode<TEntry>? Newer { get; set; }

    internal LocalNode<TEntry>? Older { get; set; }

    internal bool WasUsed => _uses > 0;

    /// <summary>Notes a use; a count lost to a race does no harm.</summary>
    /// <remarks>A hot node is only read, so that readers on many cores share its cache line.</remarks>
    internal void Use()
    {
        var uses = _uses;
        if (uses < MostUses)
        {
            _uses = (byte)(uses + 1);
        }
    }

    /// <summary>Moves up to the main queue, where uses are counted anew, or spends one use to stay there.</summary>
    internal void Survive()
    {
        _uses = (byte)(IsMain ? Math.Max(_uses - 1, 0) : 0);
        IsMain = true;
    }
}
