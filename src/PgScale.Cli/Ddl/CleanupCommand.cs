using System.CommandLine;
using PgScale.Ddl;

namespace PgScale.Cli.Ddl;

/// <summary><c>pgscale ddl cleanup</c>: shows the INVALID indexes that failed builds have left, and drops them.</summary>
internal static class CleanupCommand
{
    internal static Command Create(Terminal terminal)
    {
        var options = new DdlOptions();
        var drop = new Option<bool>("--drop") { Description = "Drop them, concurrently; without it they are only shown." };
        var command = new Command("cleanup", "Show INVALID indexes that failed concurrent builds have left, or drop them.") { drop };
        options.AddConnection(command);
        command.Do(terminal, async (parsed, cancellationToken) =>
        {
            var services = await options.StartAsync(parsed, _ => { }, cancellationToken).ConfigureAwait(false);
            await using var ending = services.ConfigureAwait(false);
            var ddl = services.Get<SafeDdlExecutor>();
            var found = parsed.GetValue(drop)
                ? await ProgressLines.WatchAsync(terminal, progress => ddl.DropLeftoversAsync(progress, cancellationToken)).ConfigureAwait(false)
                : await ddl.FindLeftoversAsync(cancellationToken).ConfigureAwait(false);
            foreach (var one in found)
            {
                terminal.Say($"{one.Index} on {one.Table}, {one.Bytes} bytes{(parsed.GetValue(drop) ? ", dropped" : "")}");
            }

            return ExitCode.Done;
        });
        return command;
    }
}
