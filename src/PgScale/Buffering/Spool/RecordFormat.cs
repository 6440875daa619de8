using System.Buffers.Binary;
using System.Numerics;

namespace PgScale.Buffering.Spool;

/// <summary>
/// A record on disk: length, CRC32C and sequence number, then the payload, padded to a multiple of 8 bytes. The checksum (Castagnoli,
/// RFC 3720 appendix B.4) starts from the spool's id, so that bytes of another spool, or of a payload made to look so, are no record.
/// It takes the payload first and the sequence number last, so that the payload's part is computed before the lock that numbers it.
/// </summary>
internal static class RecordFormat
{
    internal const int HeaderBytes = 16;

    // A record that turns out damaged must have room for the gap that replaces it: a header and the last number that it covers.
    private const int LeastPayload = sizeof(long);

    private const uint GapFlag = 0x8000_0000;

    /// <summary>The bytes that a payload of this length takes on disk.</summary>
    internal static int Stride(int length) => (HeaderBytes + Math.Max(length, LeastPayload) + 7) & ~7;

    internal static uint Seed(Guid spoolId)
    {
        Span<byte> id = stackalloc byte[16];
        spoolId.TryWriteBytes(id);
        return Checksum(uint.MaxValue, id);
    }

    internal static uint Checksum(uint seed, ReadOnlySpan<byte> payload)
    {
        var checksum = seed;
        while (payload.Length >= sizeof(ulong))
        {
            checksum = BitOperations.Crc32C(checksum, BinaryPrimitives.ReadUInt64LittleEndian(payload));
            payload = payload[sizeof(ulong)..];
        }

        foreach (var rest in payload)
        {
            checksum = BitOperations.Crc32C(checksum, rest);
        }

        return checksum;
    }

    internal static void WriteHeader(Span<byte> header, uint payloadChecksum, int length, long sequence) =>
        Write(header, (uint)length, payloadChecksum, sequence);

    /// <summary>A stretch of a segment that holds no records any more, and the sequence numbers that were lost with it.</summary>
    internal static void WriteGap(Span<byte> gap, uint seed, int stretch, long first, long last)
    {
        BinaryPrimitives.WriteInt64LittleEndian(gap[HeaderBytes..], last);
        var checksum = Checksum(seed, gap.Slice(HeaderBytes, LeastPayload));
        Write(gap, (uint)(stretch - HeaderBytes) | GapFlag, checksum, first);
    }

    /// <summary>The record at the beginning of these bytes, if there is a sound one.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> bytes, uint seed, out StoredRecord record)
    {
        record = default;
        if (bytes.Length < HeaderBytes + LeastPayload)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        var isGap = (length & GapFlag) != 0;
        var payloadLength = length & ~GapFlag;
        var sequence = SequenceAt(bytes);
        if (sequence <= 0 || payloadLength > bytes.Length - HeaderBytes)
        {
            return false;
        }

        // What a gap covers is damaged; only its first bytes are its own.
        var summed = bytes.Slice(HeaderBytes, isGap ? LeastPayload : (int)payloadLength);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) != Seal(Checksum(seed, summed), length, sequence))
        {
            return false;
        }

        record = new((int)payloadLength, sequence, isGap ? BinaryPrimitives.ReadInt64LittleEndian(summed) : sequence, isGap);
        return true;
    }

    /// <summary>The bytes that a record takes by its header, sound or not.</summary>
    internal static int StrideIn(ReadOnlySpan<byte> header) =>
        Stride((int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(header) & ~GapFlag, SpoolSettings.MostSegmentBytes));

    internal static long SequenceAt(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);

    private static void Write(Span<byte> header, uint length, uint payloadChecksum, long sequence)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Seal(payloadChecksum, length, sequence));
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], sequence);
    }

    private static uint Seal(uint payloadChecksum, uint length, long sequence) =>
        ~BitOperations.Crc32C(BitOperations.Crc32C(payloadChecksum, length), (ulong)sequence);
}
