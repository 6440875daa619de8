using System.Net;
using System.Net.Sockets;

namespace PgScale.Testing.Proxy;

/// <summary>One client and its connection to the server, with a pump for each direction.</summary>
internal sealed class ProxyConnection(Socket client, FaultState faults, ProxyCounters counters) : IDisposable
{
    private readonly Socket _server = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    public async Task RunAsync(EndPoint target, CancellationToken cancellationToken)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            client.NoDelay = true;
            await _server.ConnectAsync(target, end.Token).ConfigureAwait(false);
            Task[] pumps =
            [
                EndOnFaultAsync(new Pump(client, _server, FaultDirection.ToServer, faults, counters), end),
                EndOnFaultAsync(new Pump(_server, client, FaultDirection.ToClient, faults, counters), end),
            ];
            await Task.WhenAll(pumps).ConfigureAwait(false);
        }
        catch (Exception ended) when (Pump.IsEnd(ended))
        {
            // A closed, cut or refused connection is what a proxy is for.
        }
    }

    public void Dispose()
    {
        _server.Dispose();
        client.Dispose();
    }

    public void Reset()
    {
        try
        {
            client.LingerState = _server.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception ended) when (Pump.IsEnd(ended))
        {
            // It is closed already.
        }

        Dispose();
    }

    /// <summary>A half that reached its end lets the other half finish; a half that broke takes the other with it.</summary>
    private static async Task EndOnFaultAsync(Pump pump, CancellationTokenSource end)
    {
        try
        {
            await pump.RunAsync(end.Token).ConfigureAwait(false);
        }
        catch
        {
            await end.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }
}
