using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace PgScale.Cluster;

/// <summary>The text form of a token: 33 bytes in base64url.</summary>
/// <remarks>
/// Version (1), system identifier (8), timeline (4), position (8), issue time in Unix milliseconds (6), and the first 6 bytes of
/// the SHA-256 of all before. Big-endian throughout.
/// </remarks>
internal static class ConsistencyTokenText
{
    internal const int Length = 44;

    private const byte Version = 1;
    private const int ByteLength = 33;
    private const int ChecksumOffset = 27;
    private const long LastMillisecond = 253_402_300_799_999;

    internal static string Write(ConsistencyToken token)
    {
        Span<byte> bytes = stackalloc byte[ByteLength];
        Span<byte> milliseconds = stackalloc byte[8];
        bytes[0] = Version;
        BinaryPrimitives.WriteUInt64BigEndian(bytes[1..], token.SystemIdentifier);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[9..], token.Timeline);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[13..], (ulong)token.Position);
        BinaryPrimitives.WriteInt64BigEndian(milliseconds, Math.Max(0, token.IssuedAt.ToUnixTimeMilliseconds()));
        milliseconds[2..].CopyTo(bytes[21..]);
        WriteChecksum(bytes[..ChecksumOffset], bytes[ChecksumOffset..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a token; returns null when that went well, and otherwise a sentence that says what is wrong.</summary>
    internal static string? TryRead(ReadOnlySpan<char> text, out ConsistencyToken token)
    {
        token = default;
        if (text.Length != Length)
        {
            return $"A consistency token has {Length} characters, this text has {text.Length}: it was cut short or is something else. "
                + "Pass the token on as it was given, or none.";
        }

        Span<byte> bytes = stackalloc byte[ByteLength];
        if (Base64Url.DecodeFromChars(text, bytes, out _, out var written) != OperationStatus.Done || written != ByteLength)
        {
            return "A consistency token consists of A–Z, a–z, 0–9, '-' and '_'; this text has other characters.";
        }

        if (bytes[0] != Version)
        {
            return $"The consistency token has version {bytes[0]}; this PgScale reads version {Version}. Use one PgScale version per service group.";
        }

        Span<byte> checksum = stackalloc byte[ByteLength - ChecksumOffset];
        WriteChecksum(bytes[..ChecksumOffset], checksum);
        if (!checksum.SequenceEqual(bytes[ChecksumOffset..]))
        {
            return "The consistency token is damaged: its checksum does not match. Pass the token on as it was given, or none.";
        }

        token = Read(bytes);
        return null;
    }

    private static ConsistencyToken Read(ReadOnlySpan<byte> bytes)
    {
        Span<byte> milliseconds = stackalloc byte[8];
        milliseconds.Clear();
        bytes.Slice(21, 6).CopyTo(milliseconds[2..]);
        var issuedAt = Math.Min(BinaryPrimitives.ReadInt64BigEndian(milliseconds), LastMillisecond);
        return new(
            BinaryPrimitives.ReadUInt64BigEndian(bytes[1..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[9..]),
            new(BinaryPrimitives.ReadUInt64BigEndian(bytes[13..])),
            DateTimeOffset.FromUnixTimeMilliseconds(issuedAt));
    }

    private static void WriteChecksum(ReadOnlySpan<byte> content, Span<byte> target)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        hash[..target.Length].CopyTo(target);
    }
}
