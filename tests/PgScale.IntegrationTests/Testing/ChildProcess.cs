using System.Diagnostics;

namespace PgScale.IntegrationTests.Testing;

/// <summary>This test assembly, run as a process of its own.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    public static ChildProcess Start(string verb, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new("dotnet", ["exec", typeof(ChildProgram).Assembly.Location, verb, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new ChildProcess(Process.Start(start)!);
    }

    public async Task<string> ReadLineAsync() =>
        await _process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60))
        ?? throw new InvalidOperationException("The child ended without a word; its errors are in the output of this test.");

    /// <summary>SIGKILL for this one process: it can tidy up nothing.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: false);
        await _process.WaitForExitAsync();
    }

    /// <summary>Lets the child come to its natural end.</summary>
    public async Task FinishAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }
}
