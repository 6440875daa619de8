using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Caching.Hybrid;

namespace PgScale.Caching.Serialization;

/// <summary>Text as UTF-8, or as it lies in memory where it has halves of surrogate pairs, which UTF-8 would lose.</summary>
internal sealed class TextSerializer : IHybridCacheSerializer<string>
{
    private const byte Utf8 = 8;
    private const byte Utf16 = 16;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public string Deserialize(ReadOnlySequence<byte> source)
    {
        var bytes = source.IsSingleSegment ? source.FirstSpan : source.ToArray();
        return bytes.IsEmpty ? throw new FormatException("A text begins with its encoding.")
            : bytes[0] == Utf8 ? Strict.GetString(bytes[1..])
            : new string(MemoryMarshal.Cast<byte, char>(bytes[1..]));
    }

    public void Serialize(string value, IBufferWriter<byte> target)
    {
        try
        {
            var size = Strict.GetByteCount(value);
            var span = target.GetSpan(size + 1);
            span[0] = Utf8;
            target.Advance(Strict.GetBytes(value, span[1..]) + 1);
        }
        catch (EncoderFallbackException)
        {
            target.Write([Utf16]);
            target.Write(MemoryMarshal.AsBytes(value.AsSpan()));
        }
    }
}
