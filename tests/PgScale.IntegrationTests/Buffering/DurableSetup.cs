using System.Buffers;
using System.Buffers.Binary;
using PgScale.Buffering;
using PgScale.DependencyInjection;

namespace PgScale.IntegrationTests.Buffering;

/// <summary>A durable log and a durable counter, as parent and child processes both have them.</summary>
internal static class DurableSetup
{
    internal static void Add(IPgScaleBuilder builder, string directory, Action<LazyWriteBufferOptions>? configure = null)
    {
        builder.AddLazyWriteBuffer<Entry>(
            to =>
            {
                to.AppendTo("durable_item").Column("id", item => item.Id);
                to.Durable((item, bytes) => Write(item.Id, bytes), bytes => new(Read(bytes), ""));
            },
            options => Configure(options, "items"));
        builder.AddLazyWriteBuffer<Hit>(
            to =>
            {
                to.MergeInto("durable_counter").Key("id", hit => hit.Conversation).Sum("hits", _ => 1);
                to.Durable((hit, bytes) => Write(hit.Conversation, bytes), bytes => new(Read(bytes), default));
            },
            options => Configure(options, "hits"));

        void Configure(LazyWriteBufferOptions options, string folder)
        {
            (options.SpoolDirectory, options.FlushInterval, options.BatchRows, options.RetryDelay) =
                (Path.Combine(directory, folder), TimeSpan.FromMilliseconds(20), 500, TimeSpan.FromMilliseconds(10));
            configure?.Invoke(options);
        }
    }

    private static void Write(long value, IBufferWriter<byte> bytes)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes.GetSpan(sizeof(long)), value);
        bytes.Advance(sizeof(long));
    }

    private static long Read(ReadOnlyMemory<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(bytes.Span);
}
