using System.CommandLine;

namespace PgScale.Cli.Backfill;

/// <summary><c>pgscale backfill set</c>: another pace while it runs.</summary>
internal static class SetCommand
{
    internal static Command Create(Terminal terminal)
    {
        var (options, pace) = (new BackfillOptions(), new PaceOptions());
        var command = pace.AddTo(new("set", "Change the pace while it runs; what is not given goes back to the definition."));
        return ControlCommands.Create(
            terminal, options, command, (backfill, parsed, cancellationToken) => backfill.SetPaceAsync(parsed.GetValue(options.Name)!, pace.Create(parsed), cancellationToken));
    }
}
