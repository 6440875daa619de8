using System.Globalization;
using System.Net.Sockets;

namespace PgScale.Testing.Processes;

/// <summary>A single server program that listens on one port: its folder, its port, its process and the faults of a process.</summary>
/// <param name="name">The name of the program, for messages.</param>
/// <param name="program">Its path.</param>
/// <param name="prepare">Writes its files for a folder and a port and returns its arguments.</param>
internal sealed class Daemon(
    string name, string program, Func<string, int, CancellationToken, Task<IReadOnlyList<string>>> prepare) : IAsyncDisposable
{
    public const string Host = "127.0.0.1";

    private const int PortAttempts = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestFolder _folder = TestFolder.Create(name);
    private ServerProcess? _process;
    private bool _hasServed;
    private bool _isDisposed;

    public int Port { get; private set; } = FreePort.Take();

    public string Folder => _folder.Path;

    public string LogFile => Path.Combine(_folder.Path, name + ".log");

    public bool IsRunning => _process is { IsRunning: true };

    public bool IsFrozen => _process is { IsRunning: true, IsFrozen: true };

    public int ProcessId => Running().Id;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; !IsRunning; attempt++)
        {
            try
            {
                await StartOnceAsync(cancellationToken).ConfigureAwait(false);
                _hasServed = true;
            }
            catch (TestServerStartException lost) when (!_hasServed && attempt < PortAttempts && IsPortLost(lost.LogTail))
            {
                FreePort.Release(Port);
                Port = FreePort.Take();
            }
        }
    }

    /// <summary>The first start, after which nothing is left when it fails.</summary>
    public async Task StartOrDisposeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_process is { IsRunning: true } process)
        {
            await process.StopAsync(Signal.Terminate, Patience, name, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task KillAsync(CancellationToken cancellationToken)
    {
        if (_process is { IsRunning: true } process)
        {
            await process.KillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public Task FreezeAsync()
    {
        Running().Freeze();
        return Task.CompletedTask;
    }

    public Task ThawAsync()
    {
        Running().Thaw();
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        await KillAsync(CancellationToken.None).ConfigureAwait(false);
        _process?.Dispose();
        _process = null;
        FreePort.Release(Port);
        await _folder.DisposeAsync().ConfigureAwait(false);
    }

    private static bool IsPortLost(string log) => log.Contains("Address already in use", StringComparison.OrdinalIgnoreCase);

    private ServerProcess Running() => _process is { IsRunning: true } process
        ? process
        : throw new InvalidOperationException($"{name} is not running; start it first.");

    private async Task StartOnceAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> arguments = await prepare(_folder.Path, Port, cancellationToken).ConfigureAwait(false);
        _process?.Dispose();
        _process = ServerProcess.Start(program, arguments, _folder.Path, LogFile);
        await _process.WaitUntilReadyAsync(
            ListensAsync,
            Patience,
            (reason, log) => new TestServerStartException(string.Create(CultureInfo.InvariantCulture, $"{name} (port {Port})"), reason, log),
            cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<bool> ListensAsync(CancellationToken cancellationToken)
    {
        try
        {
            using TcpClient client = new();
            await client.ConnectAsync(Host, Port, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
