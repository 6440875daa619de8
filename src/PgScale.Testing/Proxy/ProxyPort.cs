using System.Net;
using System.Net.Sockets;
using PgScale.Testing.Processes;

namespace PgScale.Testing.Proxy;

/// <summary>A port that can be shut and opened again. Shut, it stays bound without listening, so that the system gives it to no one else.</summary>
internal sealed class ProxyPort : IDisposable
{
    private const int Attempts = 50;

    private readonly Lock _lock = new();
    private readonly Action<Socket> _accept;
    private Socket? _socket;
    private bool _isListening;

    public ProxyPort(Action<Socket> accept)
    {
        _accept = accept;
        _socket = BindFirst();
    }

    public int Number { get; private set; }

    public void Open()
    {
        lock (_lock)
        {
            if (_isListening || _socket is not { } socket)
            {
                return;
            }

            socket.Listen(512);
            _isListening = true;
            // Ends when the socket is closed, which Close and Dispose do.
            _ = Task.Run(() => AcceptAsync(socket));
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            if (_isListening)
            {
                _socket!.Dispose();
                _socket = Bind(Number);
                _isListening = false;
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _socket?.Dispose();
            _socket = null;
            FreePort.Release(Number);
        }
    }

    private static Socket Bind(int port)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private Socket BindFirst()
    {
        for (var attempt = 1; ; attempt++)
        {
            Number = FreePort.Take();
            try
            {
                return Bind(Number);
            }
            catch (SocketException) when (attempt < Attempts)
            {
                FreePort.Release(Number);
            }
        }
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                _accept(await listener.AcceptAsync().ConfigureAwait(false));
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // Refused or disposed.
        }
    }
}
