using NpgsqlTypes;

namespace PgScale.Cluster;

/// <summary>Makes log positions of different origin comparable.</summary>
internal static class WalPages
{
    internal const int DefaultBlockSize = 8192;

    private const uint LongestPageHeader = 40;

    /// <summary>Moves a position inside a page header back to the start of the page.</summary>
    /// <remarks>
    /// After a start or <c>pg_switch_wal()</c> the insert position already skips the next page's header (24 bytes, 40 on the first
    /// page of a segment) while replay stops at the page start, for as long as the primary stays idle. No record ends between the
    /// page start and byte 40 of the page except the tail of one that began on the page before, and then none ends at the page
    /// start; so "replayed up to the page start" and "replayed up to the position" are the same.
    /// Source: <c>XLogBytePosToEndRecPtr</c> and <c>SizeOfXLogLongPHD</c> in PostgreSQL.
    /// </remarks>
    internal static NpgsqlLogSequenceNumber Normalize(NpgsqlLogSequenceNumber position, int blockSize = DefaultBlockSize)
    {
        var value = (ulong)position;
        var offset = value % (uint)blockSize;
        return offset <= LongestPageHeader ? new(value - offset) : position;
    }
}
