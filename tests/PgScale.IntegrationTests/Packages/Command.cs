using System.Diagnostics;

namespace PgScale.IntegrationTests.Packages;

/// <summary>A program that a reader of the documentation would run.</summary>
internal static class Command
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    public static async Task<string> RunAsync(string folder, Dictionary<string, string> environment, string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        // A build server that outlives the command would keep its pipes open, and the folder in use.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        using CancellationTokenSource deadline = new(Deadline, TimeProvider.System);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        try
        {
            var output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(deadline.Token), process.StandardError.ReadToEndAsync(deadline.Token));
            await process.WaitForExitAsync(deadline.Token);
            Assert.That(process.ExitCode, Is.Zero, $"{program} {string.Join(' ', arguments)}\n{string.Concat(output)}");
            return output[0];
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
