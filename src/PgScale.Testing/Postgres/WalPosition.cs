namespace PgScale.Testing.Postgres;

/// <summary>Arithmetic on log positions.</summary>
internal static class WalPosition
{
    private const ulong PageSize = 8192;
    private const ulong ShortHeader = 24;
    private const ulong LongHeader = 40;

    /// <summary>
    /// The position that a replica reports when it has replayed all before <paramref name="position"/>. An insert position right
    /// behind a page's header holds no record yet, and replicas stop in front of that header.
    /// </summary>
    public static ulong Replayable(ulong position, ulong segmentSize)
    {
        var inSegment = position % segmentSize;
        if (inSegment <= LongHeader)
        {
            return position - inSegment;
        }

        var inPage = position % PageSize;
        return inPage <= ShortHeader ? position - inPage : position;
    }
}
