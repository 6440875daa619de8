using System.Diagnostics;
using PgScale.Samples.ChatService.Demo.Scenes;

namespace PgScale.Samples.ChatService.Demo.Servers;

/// <summary>A job of the service in a process of its own, as a deployment starts it.</summary>
internal static class ServiceJob
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Runs it to its end and returns its last line.</summary>
    /// <exception cref="SceneFailedException">It ended with an error or not in time.</exception>
    public static async Task<string> RunAsync(string job, IReadOnlyDictionary<string, string?> configuration, TimeProvider time, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ChatService.dll"), job])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in configuration)
        {
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        using var deadline = new CancellationTokenSource(Deadline, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        using var process = Process.Start(start)!;
        try
        {
            var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(linked.Token), process.StandardError.ReadToEndAsync(linked.Token));
            await process.WaitForExitAsync(linked.Token);
            return process.ExitCode == 0
                ? texts[0].TrimEnd().Split('\n')[^1]
                : throw new SceneFailedException($"The job '{job}' failed: {texts[0]}{texts[1]}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SceneFailedException($"The job '{job}' did not end within {Deadline.TotalSeconds:0} s.");
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
