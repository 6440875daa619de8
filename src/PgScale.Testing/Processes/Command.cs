using System.Diagnostics;

namespace PgScale.Testing.Processes;

/// <summary>Runs a program to its end and keeps what it printed.</summary>
internal static class Command
{
    public static async Task<(int ExitCode, string Output)> RunAsync(
        IReadOnlyList<string> commandLine,
        string folder,
        string? input = null,
        IReadOnlyDictionary<string, string>? environment = null,
        CancellationToken cancellationToken = default)
    {
        ProcessStartInfo start = new(commandLine[0], commandLine.Skip(1))
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        ServerEnvironment.Apply(start.Environment);
        foreach ((var name, var value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        try
        {
            return await CommunicateAsync(process, input, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static async Task<(int ExitCode, string Output)> CommunicateAsync(Process process, string? input, CancellationToken cancellationToken)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended without reading; its exit code and words say why.
        }

        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return (process.ExitCode, (await output.ConfigureAwait(false) + await errors.ConfigureAwait(false)).Trim());
    }
}
