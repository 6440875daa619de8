using System.CommandLine;
using PgScale.Internal;

namespace PgScale.Cli.Schema;

/// <summary><c>pgscale schema</c>: the tables in which components keep their state.</summary>
internal static class SchemaCommands
{
    internal static Command Create(Terminal terminal)
    {
        var script = new Command("script", "Print the SQL that makes the pgscale schema, with the rights that an application needs, for whoever may run it.");
        script.Do(terminal, (_, _) =>
        {
            terminal.Output.Write(PgScaleSchema.Script);
            return Task.FromResult(ExitCode.Done);
        });
        return new Command("schema", "The schema in which PgScale keeps its state.") { script };
    }
}
