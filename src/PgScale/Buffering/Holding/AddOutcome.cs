namespace PgScale.Buffering.Holding;

/// <summary>What became of an item that was offered to a store.</summary>
internal enum AddOutcome
{
    /// <summary>It is held.</summary>
    Added,

    /// <summary>There is no room for it now.</summary>
    Full,

    /// <summary>There will never be room for it: it alone is larger than the bound.</summary>
    TooLarge,

    /// <summary>The store takes nothing any more.</summary>
    Closed,
}
