using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using PgScale.Cluster;

namespace PgScale.Caching.Serialization;

/// <summary>Reads what <see cref="StoredValueWriter"/> wrote, and trusts no byte of it.</summary>
internal static class StoredValueReader
{
    /// <summary>The two times in front, 16 decimal digits each.</summary>
    internal const int TimesLength = 32;

    private const int StampLength = 16;
    private const int MostKeyBytes = CacheKeys.MaxLength * 3;
    private const int LargestBody = 512 << 20;

    /// <summary>What tells a value from the next one of its key: the bytes where the stamp is, whatever they hold.</summary>
    internal static ReadOnlyMemory<byte> HeadOf(ReadOnlyMemory<byte> bytes) => bytes[..Math.Min(StampLength, bytes.Length)];

    /// <inheritdoc cref="HeadOf(ReadOnlyMemory{byte})"/>
    internal static ReadOnlyMemory<byte> HeadOf(
        long stamp) => stamp == 0 ? default : Encoding.ASCII.GetBytes(stamp.ToString("d16", CultureInfo.InvariantCulture));

    /// <summary>Null when it is damaged, of another version, another key or another type.</summary>
    internal static StoredValue? Read(ReadOnlyMemory<byte> bytes, string key, uint fingerprint)
    {
        try
        {
            return TryRead(bytes, key, fingerprint);
        }
        catch (Exception damage) when (damage is ArgumentException or FormatException or IndexOutOfRangeException)
        {
            return null; // lengths that lead nowhere, behind a checksum that fits: another writer
        }
    }

    private static StoredValue? TryRead(ReadOnlyMemory<byte> bytes, string key, uint fingerprint)
    {
        var span = bytes.Span;
        if (span.Length < TimesLength + StoredValueWriter.HeaderLength
            || !TryReadTime(span[..16], out var stamp) || !TryReadTime(span[16..32], out var expiresAt))
        {
            return null;
        }

        var content = bytes[TimesLength..];
        span = content.Span;
        if (span[0] != StoredValueWriter.Version
            || Crc32C.Compute(span[StoredValueWriter.ChecksumFrom..]) != BinaryPrimitives.ReadUInt32LittleEndian(span[StoredValueWriter.ChecksumAt..])
            || BinaryPrimitives.ReadUInt32LittleEndian(span[6..]) != fingerprint)
        {
            return null;
        }

        var at = StoredValueWriter.HeaderLength;
        if (!IsText(span, ref at, key) || ReadTags(span, ref at, out var allVersion) is not { } tags)
        {
            return null;
        }

        var isCompressed = (span[StoredValueWriter.FlagsAt] & StoredValueWriter.CompressedFlag) != 0;
        return Unpack(content[at..], isCompressed, BinaryPrimitives.ReadInt32LittleEndian(span[14..])) is not { } body
            ? null
            : new()
            {
                Stamp = stamp,
                ExpiresAt = expiresAt,
                LoadMilliseconds = BinaryPrimitives.ReadInt32LittleEndian(span[10..]),
                IsNull = (span[StoredValueWriter.FlagsAt] & StoredValueWriter.NullFlag) != 0,
                Token = ReadToken(span),
                AllVersion = allVersion,
                Tags = tags,
                Body = body,
            };
    }

    private static ConsistencyToken ReadToken(ReadOnlySpan<byte> span)
    {
        var system = BinaryPrimitives.ReadUInt64LittleEndian(span[18..]);
        return system == 0 ? default : new(
            system,
            BinaryPrimitives.ReadUInt32LittleEndian(span[26..]),
            new(BinaryPrimitives.ReadUInt64LittleEndian(span[30..])),
            DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(span[38..])));
    }

    // The first is the one that all values have; null when it is not.
    private static (string Name, long Version)[]? ReadTags(ReadOnlySpan<byte> span, ref int at, out long allVersion)
    {
        allVersion = 0;
        var count = BinaryPrimitives.ReadUInt16LittleEndian(span[at..]);
        at += 2;
        if (count == 0 || !IsText(span, ref at, Caching.Tags.TagRegistry.All))
        {
            return null;
        }

        allVersion = ReadVersion(span, ref at);
        var tags = count == 1 ? [] : new (string, long)[count - 1];
        for (var index = 0; index < tags.Length; index++)
        {
            tags[index] = (Encoding.UTF8.GetString(ReadText(span, ref at)), ReadVersion(span, ref at));
        }

        return tags;
    }

    private static long ReadVersion(ReadOnlySpan<byte> span, ref int at)
    {
        var version = BinaryPrimitives.ReadInt64LittleEndian(span[at..]);
        at += sizeof(long);
        return version;
    }

    private static ReadOnlySpan<byte> ReadText(ReadOnlySpan<byte> span, ref int at)
    {
        var text = span.Slice(at + 2, BinaryPrimitives.ReadUInt16LittleEndian(span[at..]));
        at += text.Length + 2;
        return text;
    }

    // Compared as bytes: most reads need no string.
    private static bool IsText(ReadOnlySpan<byte> span, ref int at, string expected)
    {
        var text = ReadText(span, ref at);
        Span<byte> wanted = stackalloc byte[MostKeyBytes];
        return Encoding.UTF8.TryGetBytes(expected, wanted, out var written) && text.SequenceEqual(wanted[..written]);
    }

    private static ReadOnlyMemory<byte>? Unpack(ReadOnlyMemory<byte> body, bool isCompressed, int length)
    {
        if (!isCompressed)
        {
            return body.Length == length ? body : null;
        }

        if (length is < 0 or > LargestBody)
        {
            return null;
        }

        var target = new byte[length];
        return BrotliDecoder.TryDecompress(body.Span, target, out var written) && written == length ? target : null;
    }

    private static bool TryReadTime(ReadOnlySpan<byte> digits, out long time) =>
        System.Buffers.Text.Utf8Parser.TryParse(digits, out time, out var used) && used == digits.Length && time > 0;
}
