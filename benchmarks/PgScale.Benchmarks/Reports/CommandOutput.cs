using System.ComponentModel;
using System.Diagnostics;

namespace PgScale.Benchmarks.Reports;

/// <summary>What a program of this machine says about itself.</summary>
internal static class CommandOutput
{
    /// <summary>The output of a program, or <see langword="null"/> when it is missing or fails.</summary>
    public static async Task<string?> ReadAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync();
            await error;
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? output.Trim() : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
