using System.Threading.Channels;

namespace PgScale.Benchmarks.Buffering;

/// <summary>What people take today: a bounded channel, and a reader that gathers batches of 10,000, here to forget them.</summary>
internal sealed class ForgettingChannel : IAsyncDisposable
{
    private readonly Channel<LogEntry> _channel;
    private readonly Task _reading;

    public ForgettingChannel(int maxItems)
    {
        _channel = Channel.CreateBounded<LogEntry>(new BoundedChannelOptions(maxItems) { SingleReader = true });
        _reading = Task.Run(ReadAsync);
    }

    public bool TryWrite(LogEntry entry) => _channel.Writer.TryWrite(entry);

    public async ValueTask DisposeAsync()
    {
        _channel.Writer.Complete();
        await _reading;
    }

    private async Task ReadAsync()
    {
        var batch = new LogEntry[LogTable.CopyRows];
        var count = 0;
        while (await _channel.Reader.WaitToReadAsync())
        {
            while (_channel.Reader.TryRead(out var entry))
            {
                batch[count++] = entry;
                if (count == batch.Length)
                {
                    Array.Clear(batch);
                    count = 0;
                }
            }
        }
    }
}
