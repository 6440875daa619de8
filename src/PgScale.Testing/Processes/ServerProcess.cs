using System.Diagnostics;

namespace PgScale.Testing.Processes;

/// <summary>One run of a server program as a direct child, so that the process id is the server's own.</summary>
internal sealed class ServerProcess : IDisposable
{
    // The shell opens the log and becomes the server; no pipe of ours can fill up or break.
    private const string Launch = """umask 077; log=$1; shift; exec "$@" >>"$log" 2>&1 </dev/null""";

    private readonly Process _process;
    private readonly string _logFile;

    private ServerProcess(Process process, string logFile)
    {
        _process = process;
        _logFile = logFile;
        Id = process.Id;
    }

    public int Id { get; }

    public bool IsRunning => !_process.HasExited;

    public bool IsFrozen { get; private set; }

    public int ExitCode => _process.ExitCode;

    public static ServerProcess Start(string program, IEnumerable<string> arguments, string folder, string logFile)
    {
        List<string> command = ["/bin/sh", "-c", Launch, "sh", logFile];
        // A session of its own: Ctrl-C in the terminal is for the test run, which then ends the servers in order.
        if (ProgramSearch.Find("setsid") is { } setsid)
        {
            command.Add(setsid);
        }

        command.AddRange(ServerUser.Current.CommandLine(program, arguments));
        ProcessStartInfo start = new(command[0], command.Skip(1)) { WorkingDirectory = folder };
        ServerEnvironment.Apply(start.Environment);
        Process process = Process.Start(start)!;
        Reaper.Current.AddProcess(process.Id);
        return new ServerProcess(process, logFile);
    }

    /// <summary>Waits until the server is ready.</summary>
    /// <exception cref="TestServerStartException">It ended, or was not ready in time.</exception>
    public async Task WaitUntilReadyAsync(
        Func<CancellationToken, ValueTask<bool>> ready,
        TimeSpan timeout,
        Func<string, string, TestServerStartException> failure,
        CancellationToken cancellationToken)
    {
        try
        {
            await Poll.UntilAsync(
                async token => !IsRunning || await ready(token).ConfigureAwait(false),
                timeout,
                () => $"was not ready after {timeout.TotalSeconds:0} seconds",
                cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException late)
        {
            throw failure(late.Message, await ReadLogAsync(40).ConfigureAwait(false));
        }

        if (!IsRunning)
        {
            Reaper.Current.RemoveProcess(Id);
            throw failure($"ended with exit code {ExitCode}", await ReadLogAsync(40).ConfigureAwait(false));
        }
    }

    public void Send(Signal signal) => Posix.Signal(Id, signal);

    public void Freeze()
    {
        ProcessTree.Freeze(Id);
        IsFrozen = true;
    }

    public void Thaw()
    {
        ProcessTree.Thaw(Id);
        IsFrozen = false;
    }

    public async Task KillAsync(CancellationToken cancellationToken)
    {
        await ProcessTree.KillAsync(Id, cancellationToken).ConfigureAwait(false);
        await WaitForExitAsync(TimeSpan.FromSeconds(10), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks the server to end and waits until it has.</summary>
    /// <exception cref="TimeoutException">It is still there; the message holds the end of its log.</exception>
    public async Task StopAsync(Signal signal, TimeSpan timeout, string name, CancellationToken cancellationToken)
    {
        if (IsFrozen)
        {
            Thaw();
        }

        Send(signal);
        if (!await WaitForExitAsync(timeout, cancellationToken).ConfigureAwait(false))
        {
            var log = await ReadLogAsync(15).ConfigureAwait(false);
            throw new TimeoutException($"{name} did not stop within {timeout.TotalSeconds:0} seconds. The end of its log:\n{log}");
        }
    }

    public Task<string> ReadLogAsync(int lines) => LogTail.ReadAsync(_logFile, lines);

    public void Dispose()
    {
        Reaper.Current.RemoveProcess(Id);
        _process.Dispose();
    }

    private async Task<bool> WaitForExitAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            await _process.WaitForExitAsync(cancellationToken).WaitAsync(timeout, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return false;
        }

        IsFrozen = false;
        Reaper.Current.RemoveProcess(Id);
        return true;
    }
}
