using System.Net.Sockets;
using System.Threading.Channels;

namespace PgScale.Testing.Proxy;

/// <summary>Carries bytes in one direction. Reading and delivering are apart, so that latency delays bytes without narrowing the stream.</summary>
internal sealed class Pump(Socket from, Socket to, FaultDirection direction, FaultState faults, ProxyCounters counters)
{
    private const int ChunkSize = 16 * 1024;
    private const int ChunksUnderWay = 256;

    // A narrow stream is delivered in this many steps a second.
    private const int StepsPerSecond = 50;

    private readonly Channel<Chunk> _underWay = Channel.CreateBounded<Chunk>(ChunksUnderWay);
    private Cut? _cut;
    private long _untilCut;

    public static bool IsEnd(Exception exception) =>
        exception is SocketException or ObjectDisposedException or OperationCanceledException or CutException;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task reading = ReadAsync(end.Token);
        try
        {
            await DeliverAsync(end.Token).ConfigureAwait(false);
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        Exception? problem = null;
        try
        {
            while (true)
            {
                var buffer = new byte[ChunkSize];
                var length = await from.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (length == 0)
                {
                    return;
                }

                await _underWay.Writer.WriteAsync(new Chunk(buffer.AsMemory(0, length), TimeProvider.System.GetTimestamp()), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception ended) when (IsEnd(ended))
        {
            problem = ended;
        }
        finally
        {
            _underWay.Writer.TryComplete(problem);
        }
    }

    private async Task DeliverAsync(CancellationToken cancellationToken)
    {
        await foreach (Chunk chunk in _underWay.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            TimeSpan early = faults.Current.Latency - TimeProvider.System.GetElapsedTime(chunk.ReceivedAt);
            if (early > TimeSpan.Zero)
            {
                await Task.Delay(early, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }

            await DeliverAsync(chunk.Bytes, cancellationToken).ConfigureAwait(false);
        }

        // The end of the stream gets lost in a black hole like everything else.
        await faults.WhileBlackHoleAsync(cancellationToken).ConfigureAwait(false);
        to.Shutdown(SocketShutdown.Send);
    }

    private async Task DeliverAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            await faults.WhileBlackHoleAsync(cancellationToken).ConfigureAwait(false);
            Faults current = faults.Current;
            var length = (int)Math.Min(bytes.Length, Math.Min(Allowance(current), Step(current)));
            if (length > 0)
            {
                await SendAsync(bytes[..length], cancellationToken).ConfigureAwait(false);
                bytes = bytes[length..];
            }

            CutIfReached(current, length);
            if (current.BytesPerSecond is { } rate)
            {
                await Task.Delay(TimeSpan.FromSeconds((double)length / rate), TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static long Step(Faults current) => current.BytesPerSecond is { } rate ? Math.Max(1, rate / StepsPerSecond) : long.MaxValue;

    private long Allowance(Faults current)
    {
        if (current.Cut != _cut)
        {
            _cut = current.Cut;
            _untilCut = _cut?.Bytes ?? 0;
        }

        return _cut?.Direction == direction ? _untilCut : long.MaxValue;
    }

    private void CutIfReached(Faults current, int delivered)
    {
        if (current.Cut?.Direction == direction && (_untilCut -= delivered) <= 0)
        {
            // In order, so that the half message is delivered and not thrown away by a reset.
            to.Shutdown(SocketShutdown.Send);
            throw new CutException();
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        for (var sent = 0; sent < bytes.Length;)
        {
            sent += await to.SendAsync(bytes[sent..], cancellationToken).ConfigureAwait(false);
        }

        counters.CountBytes(direction, bytes.Length);
    }

    private readonly record struct Chunk(ReadOnlyMemory<byte> Bytes, long ReceivedAt);
}
