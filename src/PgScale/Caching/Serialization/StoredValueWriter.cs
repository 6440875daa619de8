using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using PgScale.Caching.Tags;
using PgScale.Cluster;

namespace PgScale.Caching.Serialization;

/// <summary>Writes what lies in Redis behind the two times that the script puts in front.</summary>
/// <remarks>
/// Version (1), CRC-32C of all that follows (4), flags (1), fingerprint of the type (4), milliseconds of the load (4), length of the
/// body before compression (4), token (28), then the key, the tags with their versions, and the body. Little-endian throughout.
/// </remarks>
internal static class StoredValueWriter
{
    internal const int HeaderLength = 46;
    internal const int ChecksumAt = 1;
    internal const int FlagsAt = 5;
    internal const int ChecksumFrom = FlagsAt;
    internal const byte Version = 2;
    internal const byte NullFlag = 1;
    internal const byte CompressedFlag = 2;

    internal static byte[] Write(
        string key, uint fingerprint, bool isNull, ReadOnlyMemory<byte> body, int loadMilliseconds, ConsistencyToken token,
        TagStamps tags, int? compressFrom)
    {
        var packed = compressFrom is { } least && body.Length >= least ? Compress(body.Span) : null;
        var target = new ArrayBufferWriter<byte>(HeaderLength + (key.Length * 3) + 64 + (packed?.Length ?? body.Length));
        var header = target.GetSpan(HeaderLength)[..HeaderLength];
        header[0] = Version;
        header[FlagsAt] = (byte)((isNull ? NullFlag : 0) | (packed is null ? 0 : CompressedFlag));
        BinaryPrimitives.WriteUInt32LittleEndian(header[6..], fingerprint);
        BinaryPrimitives.WriteInt32LittleEndian(header[10..], loadMilliseconds);
        BinaryPrimitives.WriteInt32LittleEndian(header[14..], body.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(header[18..], token.SystemIdentifier);
        BinaryPrimitives.WriteUInt32LittleEndian(header[26..], token.Timeline);
        BinaryPrimitives.WriteUInt64LittleEndian(header[30..], (ulong)token.Position);
        BinaryPrimitives.WriteInt64LittleEndian(header[38..], token.IsNone ? 0 : token.IssuedAt.ToUnixTimeMilliseconds());
        target.Advance(HeaderLength);
        WriteText(target, key);
        WriteTags(target, tags);
        target.Write(packed ?? body.Span);
        return Seal(target);
    }

    private static byte[] Seal(ArrayBufferWriter<byte> target)
    {
        var bytes = target.WrittenSpan.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(ChecksumAt), Crc32C.Compute(bytes.AsSpan(ChecksumFrom)));
        return bytes;
    }

    private static void WriteTags(ArrayBufferWriter<byte> target, TagStamps tags)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(target.GetSpan(2), (ushort)tags.Count);
        target.Advance(2);
        for (var index = 0; index < tags.Count; index++)
        {
            var (name, version) = tags[index];
            WriteText(target, name);
            BinaryPrimitives.WriteInt64LittleEndian(target.GetSpan(8), version);
            target.Advance(8);
        }
    }

    private static void WriteText(ArrayBufferWriter<byte> target, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        var span = target.GetSpan(length + 2);
        BinaryPrimitives.WriteUInt16LittleEndian(span, (ushort)length);
        Encoding.UTF8.GetBytes(text, span[2..]);
        target.Advance(length + 2);
    }

    private static byte[]? Compress(ReadOnlySpan<byte> body)
    {
        var packed = new byte[BrotliEncoder.GetMaxCompressedLength(body.Length)];
        return BrotliEncoder.TryCompress(body, packed, out var written, quality: 1, window: 22) && written < body.Length
            ? packed[..written]
            : null;
    }
}
