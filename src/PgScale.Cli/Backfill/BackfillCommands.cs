using System.CommandLine;

namespace PgScale.Cli.Backfill;

/// <summary><c>pgscale backfill</c>: changes of very many rows in small steps.</summary>
internal static class BackfillCommands
{
    internal static Command Create(Terminal terminal) => new("backfill", "Change very many rows in small steps that nobody notices.")
    {
        PlanCommand.Create(terminal),
        RunCommand.Create(terminal),
        StatusCommand.Create(terminal),
        ControlCommands.Pause(terminal),
        ControlCommands.Resume(terminal),
        SetCommand.Create(terminal),
        ControlCommands.Cancel(terminal),
    };
}
