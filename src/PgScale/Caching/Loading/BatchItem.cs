using PgScale.Caching.Redis;

namespace PgScale.Caching.Loading;

/// <summary>One key of a batch that this batch leads: its flight, and what it came to.</summary>
internal sealed class BatchItem<T>(string key, Flight<T> flight, ValueKeeper<T> keeper, Fill<T> alone)
{
    /// <summary>As the caller wrote it.</summary>
    internal string Key => key;

    internal Flight<T> Flight => flight;

    internal ValueKeeper<T> Keeper => keeper;

    /// <summary>The same key as a flight of its own, for when another process has its lock.</summary>
    internal Fill<T> Alone => alone;

    internal Acquisition Acquisition { get; set; } = Acquisition.Unavailable;
}
