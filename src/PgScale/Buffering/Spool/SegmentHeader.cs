using System.Buffers.Binary;

namespace PgScale.Buffering.Spool;

/// <summary>
/// The first page of a segment: what it is, written once, and behind it the marks, which change; the rest is kept for later versions.
/// </summary>
/// <param name="SpoolId">The spool that it belongs to.</param>
/// <param name="First">The sequence number of its first record.</param>
/// <param name="After">The sequence number that was handed out before; <paramref name="First"/> follows it, or numbers were left out.</param>
internal readonly record struct SegmentHeader(Guid SpoolId, long First, long After)
{
    internal const int Bytes = 4096;
    internal const int FixedBytes = 64;
    internal const uint Version = 1;

    private const ulong Magic = 0x4C4F_4F50_5347_50B1; // no text, so that no tool mistakes it for one
    private const int ChecksumAt = 48;

    internal void Write(Span<byte> bytes)
    {
        bytes.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], Bytes);
        SpoolId.TryWriteBytes(bytes[16..]);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], First);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[40..], After);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[ChecksumAt..], Checksum(bytes));
    }

    /// <summary>The header in these bytes, or <see langword="null"/> when they hold none that is sound.</summary>
    internal static SegmentHeader? Read(ReadOnlySpan<byte> bytes)
    {
        if (VersionOf(bytes) != Version || BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumAt..]) != Checksum(bytes))
        {
            return null;
        }

        return new(
            new(bytes.Slice(16, 16)),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]));
    }

    /// <summary>The version that wrote a segment, be it a newer one; 0 when it is none. Magic and version stay where they are for good.</summary>
    internal static uint VersionOf(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt64LittleEndian(bytes) == Magic ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) : 0;

    private static uint Checksum(ReadOnlySpan<byte> bytes) => ~RecordFormat.Checksum(uint.MaxValue, bytes[..ChecksumAt]);
}
