using System.Buffers.Binary;

namespace PgScale.Buffering.Spool;

/// <summary>
/// What changes in the header of a segment. A mark is written in turn into two places, each with its complement, so that neither a kill
/// between two stores nor a flipped bit makes a wrong number of it: the higher sound one counts.
/// </summary>
/// <param name="Durable">All records up to it were on disk.</param>
/// <param name="Released">All records up to it are done with.</param>
/// <param name="Closed">The last record when the spool was closed in good order; 0 while it is open.</param>
/// <param name="BootId">The start of the machine in which it was last open.</param>
internal readonly record struct SegmentMarks(long Durable, long Released, long Closed, Guid BootId)
{
    internal const int DurableAt = 64;
    internal const int ReleasedAt = 96;
    internal const int ClosedAt = 128;
    internal const int BootIdAt = 192;
    internal const int End = 208;
    internal const int PlaceBytes = 16;

    internal static SegmentMarks Read(ReadOnlySpan<byte> header) => new(
        ReadMark(header[DurableAt..]),
        ReadMark(header[ReleasedAt..]),
        BinaryPrimitives.ReadInt64LittleEndian(header[ClosedAt..]),
        new(header.Slice(BootIdAt, 16)));

    internal static void WritePlace(Span<byte> place, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(place, value);
        BinaryPrimitives.WriteInt64LittleEndian(place[8..], ~value);
    }

    private static long ReadMark(ReadOnlySpan<byte> mark) => Math.Max(ReadPlace(mark), ReadPlace(mark[PlaceBytes..]));

    private static long ReadPlace(ReadOnlySpan<byte> place)
    {
        var value = BinaryPrimitives.ReadInt64LittleEndian(place);
        return value == ~BinaryPrimitives.ReadInt64LittleEndian(place[8..]) ? value : 0;
    }
}
