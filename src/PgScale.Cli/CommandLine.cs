using System.CommandLine;
using PgScale.Cli.Backfill;
using PgScale.Cli.Ddl;
using PgScale.Cli.Schema;

namespace PgScale.Cli;

/// <summary>All commands; each component has a folder and hangs its commands in here.</summary>
internal static class CommandLine
{
    /// <summary>Runs a command line and gives its exit code, one of <see cref="ExitCode"/>.</summary>
    internal static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        var terminal = new Terminal(output, errors);
        var root = new RootCommand("Grow one PostgreSQL primary with many replicas.")
        {
            BackfillCommands.Create(terminal),
            DdlCommands.Create(terminal),
            SchemaCommands.Create(terminal),
        };
        var parsed = root.Parse(arguments);
        var code = await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = errors, EnableDefaultExceptionHandler = false }).ConfigureAwait(false);
        return parsed.Errors.Count > 0 ? ExitCode.Usage : code;
    }
}
