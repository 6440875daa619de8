using System.Globalization;
using PgScale.Testing.Postgres;
using PgScale.Testing.Processes;
using PgScale.Testing.Redis;

namespace PgScale.Testing;

/// <summary>A real Redis on a free port of 127.0.0.1 that a test can hurt. Nothing of it outlives this process, also when the process is killed.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly Daemon _daemon;
    private readonly string _password;

    private RedisServer(Daemon daemon, string password)
    {
        _daemon = daemon;
        _password = password;
    }

    /// <summary>The address, 127.0.0.1.</summary>
    public string Host => Daemon.Host;

    /// <summary>The TCP port; it stays the same when the server is restarted.</summary>
    public int Port => _daemon.Port;

    /// <summary>The process id.</summary>
    /// <exception cref="InvalidOperationException">Redis is not running.</exception>
    public int ProcessId => _daemon.ProcessId;

    /// <summary>Whether the process exists; a frozen one exists too.</summary>
    public bool IsRunning => _daemon.IsRunning;

    /// <summary>Whether the server was frozen with <see cref="FreezeAsync"/>.</summary>
    public bool IsFrozen => _daemon.IsFrozen;

    /// <summary>How to connect, in the form of StackExchange.Redis: <c>127.0.0.1:port,password=…</c>.</summary>
    public string ConnectionString => GetConnectionString(Port);

    /// <summary>The server's log.</summary>
    public string LogFile => _daemon.LogFile;

    /// <summary>Starts a Redis and returns when it answers.</summary>
    /// <param name="options">How it is set up; null for an empty one in memory.</param>
    /// <param name="cancellationToken">Stops the start and removes what was made.</param>
    /// <exception cref="TestServerNotFoundException">Redis is not installed.</exception>
    /// <exception cref="TestServerStartException">It did not start; the message holds the end of its log.</exception>
    public static async Task<RedisServer> StartAsync(RedisServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new RedisServerOptions();
        var password = Password.Create();
        Daemon daemon = new("redis", FindProgram(), async (folder, port, token) =>
            [await RedisConfiguration.WriteAsync(folder, port, password, options, token).ConfigureAwait(false)]);
        await daemon.StartOrDisposeAsync(cancellationToken).ConfigureAwait(false);
        RedisServer server = new(daemon, password);
        await server.WaitUntilLoadedAsync(cancellationToken).ConfigureAwait(false);
        return server;
    }

    /// <summary>Starts the server again and returns when it has loaded its data; nothing happens when it runs already.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="TestServerStartException">It did not start; the message holds the end of its log.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await _daemon.StartAsync(cancellationToken).ConfigureAwait(false);
        await WaitUntilLoadedAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks the server to stop and returns when it has ended.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="TimeoutException">It did not end in 30 seconds.</exception>
    public Task StopAsync(CancellationToken cancellationToken = default) => _daemon.StopAsync(cancellationToken);

    /// <summary>Kills the server with SIGKILL and returns when it is gone. It can be started again.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task KillAsync(CancellationToken cancellationToken = default) => _daemon.KillAsync(cancellationToken);

    /// <summary>Stops the server with SIGSTOP: connections stay open, new ones are accepted, nobody answers.</summary>
    /// <exception cref="InvalidOperationException">Redis is not running.</exception>
    public Task FreezeAsync() => _daemon.FreezeAsync();

    /// <summary>Wakes a frozen server.</summary>
    /// <exception cref="InvalidOperationException">Redis is not running.</exception>
    public Task ThawAsync() => _daemon.ThawAsync();

    /// <summary>Removes all keys.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task FlushAsync(CancellationToken cancellationToken = default) => ExecuteAsync(["FLUSHALL"], cancellationToken);

    /// <summary>Changes a setting of the running server (<c>CONFIG SET</c>); a restart forgets it.</summary>
    /// <param name="setting">The setting, for example <c>maxmemory</c>.</param>
    /// <param name="value">Its value.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="InvalidOperationException">Redis refuses; the message holds its words.</exception>
    public Task SetConfigAsync(string setting, string value, CancellationToken cancellationToken = default) =>
        ExecuteAsync(["CONFIG", "SET", setting, value], cancellationToken);

    /// <summary>Makes the server a read-only replica of another one, or a primary again.</summary>
    /// <param name="primary">What it follows; null makes it a primary that keeps its data.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task ReplicaOfAsync(RedisServer? primary, CancellationToken cancellationToken = default)
    {
        if (primary is null)
        {
            await ExecuteAsync(["REPLICAOF", "NO", "ONE"], cancellationToken).ConfigureAwait(false);
            return;
        }

        await SetConfigAsync("masterauth", primary._password, cancellationToken).ConfigureAwait(false);
        var port = primary.Port.ToString(CultureInfo.InvariantCulture);
        await ExecuteAsync(["REPLICAOF", primary.Host, port], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends one command on a connection of its own and returns the reply as text; a list has a line for each item.</summary>
    /// <param name="command">The command and its arguments.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="InvalidOperationException">Redis refuses; the message holds its words.</exception>
    public async Task<string?> ExecuteAsync(IReadOnlyList<string> command, CancellationToken cancellationToken = default)
    {
        RedisConnection connection = await RedisConnection.OpenAsync(Host, Port, _password, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await connection.ExecuteAsync(command, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Starts a TCP proxy in front of the server that can be slow, silent, broken or gone. The caller disposes it.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<FaultProxy> AddFaultProxyAsync(CancellationToken cancellationToken = default) =>
        FaultProxy.StartAsync(Host, Port, GetConnectionString, cancellationToken);

    /// <summary>Ends the server and deletes its data.</summary>
    public ValueTask DisposeAsync() => _daemon.DisposeAsync();

    internal static string FindProgram() => ProgramSearch.Find("redis-server") ?? throw new TestServerNotFoundException(
        "redis-server", "redis-server was not found on PATH; install it with 'apt-get install redis-server'.");

    /// <summary>Redis listens before it has read its append-only file, and refuses everything until then.</summary>
    private Task WaitUntilLoadedAsync(CancellationToken cancellationToken) => IsFrozen ? Task.CompletedTask : Poll.UntilAsync(
        async token => (await ExecuteAsync(["INFO", "persistence"], token).ConfigureAwait(false))!.Contains("loading:0", StringComparison.Ordinal),
        TimeSpan.FromSeconds(30),
        () => $"Redis (port {Port}) was still loading its data after 30 seconds.",
        cancellationToken);

    private string GetConnectionString(int port) => string.Create(CultureInfo.InvariantCulture, $"{Host}:{port},password={_password}");
}
