using System.Buffers;

namespace PgScale.Buffering.Holding;

/// <summary>Where a thread writes an item as bytes before they go to the spool.</summary>
internal static class RecordScratch
{
    private const int MostKept = 1 << 20; // one very long item must not take memory on every thread for good

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _kept;

    /// <summary>An empty one for the caller alone: a delegate of the user that enqueues elsewhere gets another.</summary>
    internal static ArrayBufferWriter<byte> Rent()
    {
        var bytes = _kept ?? new();
        _kept = null;
        bytes.ResetWrittenCount();
        return bytes;
    }

    internal static void Return(ArrayBufferWriter<byte> bytes) => _kept = bytes.Capacity <= MostKept ? bytes : null;
}
