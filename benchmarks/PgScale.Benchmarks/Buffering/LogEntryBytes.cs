using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace PgScale.Benchmarks.Buffering;

/// <summary>Entries as bytes, for the durable mode of people who count nanoseconds.</summary>
internal static class LogEntryBytes
{
    private const int FixedBytes = 8 + 8 + 2 + 16;
    private const int LengthBytes = 2;
    private const int Texts = 4;

    public static void Write(LogEntry entry, IBufferWriter<byte> bytes)
    {
        var most = FixedBytes + (Texts * LengthBytes) + (3 * (entry.Service.Length + entry.Host.Length + entry.Message.Length + entry.Properties.Length));
        var span = bytes.GetSpan(most);
        MemoryMarshal.Write(span, entry.Number);
        MemoryMarshal.Write(span[8..], entry.CreatedAt.Ticks);
        MemoryMarshal.Write(span[16..], entry.Level);
        entry.Request.TryWriteBytes(span[18..]);
        var at = FixedBytes;
        at += Write(entry.Service, span[at..]);
        at += Write(entry.Host, span[at..]);
        at += Write(entry.Message, span[at..]);
        at += Write(entry.Properties, span[at..]);
        bytes.Advance(at);
    }

    public static LogEntry Read(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        var at = FixedBytes;
        return new(
            MemoryMarshal.Read<long>(span),
            new DateTime(MemoryMarshal.Read<long>(span[8..]), DateTimeKind.Utc),
            MemoryMarshal.Read<short>(span[16..]),
            ReadText(span, ref at),
            ReadText(span, ref at),
            new Guid(span.Slice(18, 16)),
            ReadText(span, ref at),
            ReadText(span, ref at));
    }

    private static int Write(string text, Span<byte> span)
    {
        var length = Encoding.UTF8.GetBytes(text, span[LengthBytes..]);
        MemoryMarshal.Write(span, (ushort)length);
        return LengthBytes + length;
    }

    private static string ReadText(ReadOnlySpan<byte> span, ref int at)
    {
        var length = MemoryMarshal.Read<ushort>(span[at..]);
        var text = Encoding.UTF8.GetString(span.Slice(at + LengthBytes, length));
        at += LengthBytes + length;
        return text;
    }
}
