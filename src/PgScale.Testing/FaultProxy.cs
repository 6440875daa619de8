using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PgScale.Testing.Processes;
using PgScale.Testing.Proxy;

namespace PgScale.Testing;

/// <summary>
/// A TCP proxy in front of a server that behaves like a bad network: slow, silent, broken in the middle of a message, narrow or
/// gone. Faults hold for open and new connections until <see cref="Heal"/>, and several can hold at once.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly Func<(string Host, int Port)> _target;
    private readonly Func<int, string> _connectionString;
    private readonly FaultState _faults = new();
    private readonly ProxyCounters _counters = new();
    private readonly ProxyPort _port;
    private readonly ConcurrentDictionary<ProxyConnection, Task> _connections = new();
    private readonly CancellationTokenSource _end = new();
    private bool _isDisposed;

    private FaultProxy(Func<(string Host, int Port)> target, Func<int, string> connectionString)
    {
        _target = target;
        _connectionString = connectionString;
        _port = new ProxyPort(Accept);
        _port.Open();
    }

    /// <summary>The address, 127.0.0.1.</summary>
    public string Host => Daemon.Host;

    /// <summary>The TCP port.</summary>
    public int Port => _port.Number;

    /// <summary>How to connect through the proxy: the server's own connection string with the proxy's port, or <c>127.0.0.1:port</c>.</summary>
    public string ConnectionString => _connectionString(Port);

    /// <summary>How long each byte is under way, in each direction. Zero or more; default zero. A round trip takes twice as long.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan Latency
    {
        get => _faults.Current.Latency;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            _faults.Change(faults => faults with { Latency = value });
        }
    }

    /// <summary>How many connections were accepted since the start.</summary>
    public long AcceptedConnections => _counters.Accepted;

    /// <summary>How many connections are open now.</summary>
    public int OpenConnections => _connections.Count;

    /// <summary>Bytes delivered to the server since the start.</summary>
    public long BytesToServer => _counters.Bytes(FaultDirection.ToServer);

    /// <summary>Bytes delivered to clients since the start.</summary>
    public long BytesToClient => _counters.Bytes(FaultDirection.ToClient);

    /// <summary>Starts a proxy in front of any TCP server. The caller disposes it.</summary>
    /// <param name="host">The server's address.</param>
    /// <param name="port">The server's port.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static Task<FaultProxy> StartAsync(string host, int port, CancellationToken cancellationToken = default) =>
        StartAsync(host, port, own => string.Create(CultureInfo.InvariantCulture, $"{Daemon.Host}:{own}"), cancellationToken);

    /// <summary>Swallows everything: connections stay open, new ones are accepted, no byte arrives. After <see cref="Heal"/> what was swallowed is delivered.</summary>
    public void BlackHole() => _faults.Change(faults => faults with { IsBlackHole = true });

    /// <summary>Closes each connection after so many more bytes, in the middle of whatever message that is.</summary>
    /// <param name="bytes">Bytes that each connection still delivers, counted from now or from its start. 0 or more.</param>
    /// <param name="direction">Which bytes are counted.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public void CutAfter(long bytes, FaultDirection direction = FaultDirection.ToClient)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        _faults.Change(faults => faults with { Cut = new Cut(bytes, direction) });
    }

    /// <summary>Lets so many bytes through in a second, for each connection and direction.</summary>
    /// <param name="bytesPerSecond">The rate. 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is zero or negative.</exception>
    public void Throttle(long bytesPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytesPerSecond);
        _faults.Change(faults => faults with { BytesPerSecond = bytesPerSecond });
    }

    /// <summary>Refuses new connections, as a port without a server does; open ones live on (<see cref="Reset"/> ends them).</summary>
    public void Refuse() => _port.Close();

    /// <summary>Ends all open connections with a TCP reset.</summary>
    public void Reset()
    {
        foreach (ProxyConnection connection in _connections.Keys)
        {
            connection.Reset();
        }
    }

    /// <summary>Ends all faults: what was held back is delivered, and new connections are accepted.</summary>
    public void Heal()
    {
        _faults.Change(_ => Faults.None);
        _port.Open();
    }

    /// <summary>Ends all connections and frees the port.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        await _end.CancelAsync().ConfigureAwait(false);
        _port.Dispose();
        await Task.WhenAll(_connections.Values).ConfigureAwait(false);
        _end.Dispose();
    }

    internal static Task<FaultProxy> StartAsync(PostgresServer server, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(new FaultProxy(
            () => (server.Host, server.Port),
            port => server.GetConnectionString(configure: builder => (builder.Host, builder.Port) = (Daemon.Host, port))));
    }

    internal static Task<FaultProxy> StartAsync(string host, int port, Func<int, string> connectionString, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(new FaultProxy(() => (host, port), connectionString));
    }

    private void Accept(Socket client)
    {
        _counters.CountConnection();
        ProxyConnection connection = new(client, _faults, _counters);
        TaskCompletionSource registered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _connections[connection] = ServeAsync(connection, registered.Task);
        registered.SetResult();
    }

    private async Task ServeAsync(ProxyConnection connection, Task registered)
    {
        await registered.ConfigureAwait(false);
        (var host, var port) = _target();
        using (connection)
        {
            await connection.RunAsync(new DnsEndPoint(host, port), _end.Token).ConfigureAwait(false);
        }

        _connections.TryRemove(connection, out _);
    }
}
