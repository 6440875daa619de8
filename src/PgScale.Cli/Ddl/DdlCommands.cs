using System.CommandLine;

namespace PgScale.Cli.Ddl;

/// <summary><c>pgscale ddl</c>: schema changes.</summary>
internal static class DdlCommands
{
    internal static Command Create(Terminal terminal) => new("ddl", "Judge and make schema changes that do not stall the application.")
    {
        LintCommand.Create(terminal),
        PlanCommand.Create(terminal),
        ApplyCommand.Create(terminal),
        HistoryCommand.Create(terminal),
        CleanupCommand.Create(terminal),
    };
}
