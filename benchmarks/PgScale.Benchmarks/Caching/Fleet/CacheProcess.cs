using System.Diagnostics;
using System.Text.Json;
using PgScale.Benchmarks.Caching.Sides;

namespace PgScale.Benchmarks.Caching.Fleet;

/// <summary>This program, run as another process that has a cache and does what it is told.</summary>
internal sealed class CacheProcess : IAsyncDisposable
{
    /// <summary>The argument that makes this program such a process.</summary>
    public const string Argument = "--cache-process";

    public const string Ready = "ready";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;

    private CacheProcess(Process process) => _process = process;

    public static async Task<CacheProcess> StartAsync(CacheSetup setup)
    {
        var child = new CacheProcess(Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(CacheProcess).Assembly.Location, Argument])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!);
        var answer = await child.AskAsync(JsonSerializer.Serialize(setup));
        return answer == Ready ? child : throw new InvalidOperationException($"A process of the benchmark answered '{answer}' in place of '{Ready}'.");
    }

    public async Task<CacheReport> AskAsync(CacheOrder order) => JsonSerializer.Deserialize<CacheReport>(await AskAsync(JsonSerializer.Serialize(order)))!;

    /// <summary>SIGKILL: it can tidy up nothing.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private async Task<string> AskAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
        return await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience, TimeProvider.System)
            ?? throw new InvalidOperationException("A process of the benchmark ended without an answer; its errors stand above.");
    }
}
