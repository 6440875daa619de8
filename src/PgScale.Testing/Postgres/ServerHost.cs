namespace PgScale.Testing.Postgres;

/// <summary>How one server is run and hurt: as a process of ours, in a container, or not at all because it belongs to someone else.</summary>
internal abstract class ServerHost : IAsyncDisposable
{
    public abstract string Host { get; }

    public abstract int Port { get; }

    public abstract bool IsRunning { get; }

    public virtual bool IsFrozen => false;

    public virtual int ProcessId => throw Unsupported("has no process id here");

    public virtual string DataDirectory => throw Unsupported("has no data directory here");

    public virtual string LogFile => throw Unsupported("has no log file here");

    protected abstract string Kind { get; }

    public virtual Task StartAsync(CancellationToken cancellationToken) => throw Unsupported("cannot be started");

    public virtual Task StopAsync(PostgresShutdown mode, CancellationToken cancellationToken) => throw Unsupported("cannot be stopped");

    public virtual Task KillAsync(CancellationToken cancellationToken) => throw Unsupported("cannot be killed");

    public virtual Task FreezeAsync() => throw Unsupported("cannot be frozen");

    public virtual Task ThawAsync() => throw Unsupported("cannot be thawed");

    /// <summary>Changes a setting (null removes it); a running server is told to read its settings again.</summary>
    public virtual Task ConfigureAsync(string setting, string? value, CancellationToken cancellationToken) => throw Unsupported("cannot be configured");

    /// <summary>Ends one of the server's own processes, such as its WAL receiver, which pg_terminate_backend refuses to end.</summary>
    public virtual Task TerminateChildAsync(int processId, CancellationToken cancellationToken) => throw Unsupported("has no processes to end");

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected NotSupportedException Unsupported(string what) => new($"A server of {Kind} {what}; use a cluster that PostgresCluster starts itself.");
}
