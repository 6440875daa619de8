namespace PgScale.Buffering.Holding;

/// <summary>What became of an item that was offered to a store.</summary>
internal enum AddOutcome
{
    /// <summary>It is held.</summary>
    Added,

    /// <summary>It need not be held: the guard of a merge says that its row is as new as it has to be.</summary>
    Needless,

    /// <summary>The disk under the spool has failed; nothing is taken until the next start.</summary>
    Failed,

    /// <summary>There is no room for it now.</summary>
    Full,

    /// <summary>There will never be room for it: it alone is larger than the bound.</summary>
    TooLarge,

    /// <summary>The store takes nothing any more.</summary>
    Closed,
}
