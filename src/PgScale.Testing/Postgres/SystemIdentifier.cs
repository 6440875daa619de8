using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace PgScale.Testing.Postgres;

/// <summary>
/// Gives a copied data directory a system identifier of its own: two clusters from one template must not take each other's log.
/// It stands in the first 8 bytes of <c>global/pg_control</c>, whose last field is a CRC-32C of all before it, and in the long
/// header of the log's segments (src/include/catalog/pg_control.h and access/xlog_internal.h, the same since PostgreSQL 9.5).
/// </summary>
internal static class SystemIdentifier
{
    private const int ControlDataLimit = 512;
    private const int LongHeaderIdentifier = 24;
    private const int LongHeaderFlag = 0x0002;

    public static void Renew(string dataDirectory)
    {
        var control = Path.Combine(dataDirectory, "global", "pg_control");
        var bytes = File.ReadAllBytes(control);
        var old = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var renewed = Create();
        Rewrite(bytes, renewed);
        OverwriteStart(control, bytes);
        foreach (var segment in Directory.EnumerateFiles(Path.Combine(dataDirectory, "pg_wal")))
        {
            RewriteSegment(segment, old, renewed);
        }
    }

    public static ulong Read(string dataDirectory) =>
        BinaryPrimitives.ReadUInt64LittleEndian(File.ReadAllBytes(Path.Combine(dataDirectory, "global", "pg_control")));

    /// <summary>Changes the identifier and the checksum in the image of a control file, of any version.</summary>
    internal static void Rewrite(Span<byte> control, ulong identifier)
    {
        var checksum = FindChecksum(control);
        BinaryPrimitives.WriteUInt64LittleEndian(control, identifier);
        BinaryPrimitives.WriteUInt32LittleEndian(control[checksum..], Crc(control[..checksum]));
    }

    // Like PostgreSQL's own: seconds since 1970 above, something unique below.
    private static ulong Create() =>
        ((ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() << 32) | (uint)RandomNumberGenerator.GetInt32(int.MaxValue);

    private static int FindChecksum(ReadOnlySpan<byte> control)
    {
        for (var offset = 64; offset + sizeof(uint) <= Math.Min(control.Length, ControlDataLimit); offset += sizeof(uint))
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(control[offset..]) == Crc(control[..offset]))
            {
                return offset;
            }
        }

        throw new InvalidDataException("global/pg_control has no checksum where one was looked for; this PostgreSQL version keeps it in another form.");
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }

    private static void RewriteSegment(string path, ulong old, ulong renewed)
    {
        Span<byte> header = stackalloc byte[LongHeaderIdentifier + sizeof(ulong)];
        using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite);
        if (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length)
        {
            return;
        }

        var isLong = (BinaryPrimitives.ReadUInt16LittleEndian(header[2..]) & LongHeaderFlag) != 0;
        if (isLong && BinaryPrimitives.ReadUInt64LittleEndian(header[LongHeaderIdentifier..]) == old)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(header[LongHeaderIdentifier..], renewed);
            file.Position = 0;
            file.Write(header);
        }
    }

    private static void OverwriteStart(string path, ReadOnlySpan<byte> bytes)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Write);
        file.Write(bytes);
    }
}
