using System.Globalization;
using PgScale.Testing.Processes;

namespace PgScale.Testing.Postgres;

/// <summary>A server that runs as a child process on a data directory of ours.</summary>
internal sealed class LocalServer : ServerHost
{
    private const int PortAttempts = 5;
    private static readonly TimeSpan PatienceAtTheEnd = TimeSpan.FromSeconds(5);

    private readonly string _program;
    private readonly TimeSpan _timeout;
    private ServerProcess? _process;
    private int _port = FreePort.Take();
    private bool _hasServed;
    private bool _isDisposed;

    public LocalServer(string name, PostgresInstallation installation, string folder, ServerSettings settings, TimeSpan timeout)
    {
        Name = name;
        Settings = settings;
        DataDirectory = Path.Combine(folder, name);
        LogFile = Path.Combine(folder, name + ".log");
        _program = installation.FindProgram("postgres")!;
        _timeout = timeout;
    }

    public string Name { get; }

    public ServerSettings Settings { get; }

    public override string Host => "127.0.0.1";

    public override int Port => _port;

    public override string DataDirectory { get; }

    public override string LogFile { get; }

    public override bool IsRunning => _process is { IsRunning: true };

    public override bool IsFrozen => _process is { IsRunning: true, IsFrozen: true };

    public override int ProcessId => _process is { IsRunning: true } process
        ? process.Id
        : throw new InvalidOperationException($"{Name} is not running, so it has no process id; start it first.");

    protected override string Kind => "a local cluster";

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (IsRunning)
        {
            return;
        }

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await StartOnceAsync(cancellationToken).ConfigureAwait(false);
                _hasServed = true;
                return;
            }
            catch (PostgresStartException lost) when (!_hasServed && attempt < PortAttempts && IsPortLost(lost.LogTail))
            {
                FreePort.Release(_port);
                _port = FreePort.Take();
            }
        }
    }

    public override async Task StopAsync(PostgresShutdown mode, CancellationToken cancellationToken)
    {
        if (_process is { IsRunning: true } process)
        {
            await process.StopAsync(SignalFor(mode), _timeout, Name, cancellationToken).ConfigureAwait(false);
        }
    }

    public override async Task KillAsync(CancellationToken cancellationToken)
    {
        if (_process is { IsRunning: true } process)
        {
            await process.KillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override Task FreezeAsync()
    {
        Running().Freeze();
        return Task.CompletedTask;
    }

    public override Task ThawAsync()
    {
        Running().Thaw();
        return Task.CompletedTask;
    }

    public override async Task ConfigureAsync(string setting, string? value, CancellationToken cancellationToken)
    {
        Settings[setting] = value;
        await WriteSettingsAsync(cancellationToken).ConfigureAwait(false);
        if (IsRunning)
        {
            _process!.Send(Signal.Reload);
        }
    }

    public override Task TerminateChildAsync(int processId, CancellationToken cancellationToken)
    {
        if (ProcessTree.ChildrenOf(Running().Id).Contains(processId))
        {
            Posix.Signal(processId, Signal.Terminate);
        }

        return Task.CompletedTask;
    }

    public Task WriteSettingsAsync(CancellationToken cancellationToken)
    {
        Settings.Port = _port;
        return TestFolder.WriteAsync(Path.Combine(DataDirectory, "postgresql.conf"), Settings.ToString(), cancellationToken);
    }

    /// <summary>Makes the next start one of a replica.</summary>
    public Task WriteStandbySignalAsync(CancellationToken cancellationToken) =>
        TestFolder.WriteAsync(Path.Combine(DataDirectory, "standby.signal"), "", cancellationToken);

    /// <summary>Deletes the data of a stopped or killed server.</summary>
    public Task DeleteDataAsync()
    {
        RemoveSharedMemory();
        return TestFolder.DeleteAsync(DataDirectory);
    }

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        try
        {
            await EndAsync().ConfigureAwait(false);
        }
        finally
        {
            _process?.Dispose();
            _process = null;
            FreePort.Release(_port);
            await base.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static Signal SignalFor(PostgresShutdown mode) => mode switch
    {
        PostgresShutdown.Smart => Signal.Terminate,
        PostgresShutdown.Immediate => Signal.Quit,
        _ => Signal.Interrupt,
    };

    private static bool IsPortLost(string log) => log.Contains("Address already in use", StringComparison.Ordinal);

    private ServerProcess Running() => _process is { IsRunning: true } process
        ? process
        : throw new InvalidOperationException($"{Name} is not running; start it first.");

    private async Task StartOnceAsync(CancellationToken cancellationToken)
    {
        await WriteSettingsAsync(cancellationToken).ConfigureAwait(false);
        _process?.Dispose();
        ServerProcess process = ServerProcess.Start(_program, ["-D", DataDirectory], DataDirectory, LogFile);
        _process = process;
        await process.WaitUntilReadyAsync(
            _ => ValueTask.FromResult(PostmasterFile.Read(DataDirectory) is { IsReady: true } file && file.ProcessId == process.Id),
            _timeout,
            (reason, log) => new PostgresStartException(string.Create(CultureInfo.InvariantCulture, $"{Name} (port {_port})"), reason, log),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task EndAsync()
    {
        if (_process is { IsRunning: true } process)
        {
            try
            {
                await process.StopAsync(Signal.Quit, PatienceAtTheEnd, Name, CancellationToken.None).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                await process.KillAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }

        RemoveSharedMemory();
    }

    /// <summary>Only a server that was killed still has its lock file, and with it memory that a restart would have freed.</summary>
    private void RemoveSharedMemory()
    {
        if (PostmasterFile.Read(DataDirectory)?.SharedMemoryId is { } id)
        {
            Posix.RemoveSharedMemory(id);
        }
    }
}
