namespace PgScale.Benchmarks.Caching.Fleet;

/// <summary>What a process of a fleet can be told to do.</summary>
internal enum CacheVerb
{
    /// <summary>All callers ask for one key at the same moment, once.</summary>
    Stampede,

    /// <summary>Callers ask for one key at a steady pace.</summary>
    Traffic,

    /// <summary>Asks for many keys at once.</summary>
    Many,

    /// <summary>Begins a load that never ends, and answers when it has begun.</summary>
    Hold,

    /// <summary>Changes rows, removes their keys and reads them, at random.</summary>
    Race,
}
