using System.CommandLine;
using PgScale.Backfill;

namespace PgScale.Cli.Backfill;

/// <summary><c>pgscale backfill status</c>: where a backfill stands.</summary>
internal static class StatusCommand
{
    internal static Command Create(Terminal terminal)
    {
        var options = new BackfillOptions();
        var command = options.AddTo(new("status", "Show where a backfill stands."));
        command.Do(terminal, async (parsed, cancellationToken) =>
        {
            var services = await options.StartAsync(parsed, cancellationToken).ConfigureAwait(false);
            await using var ending = services.ConfigureAwait(false);
            var name = parsed.GetValue(options.Name)!;
            var status = await services.Get<ControlledBackfill>().GetStatusAsync(name, cancellationToken).ConfigureAwait(false)
                ?? throw new CliException(ExitCode.Usage, $"There is no backfill '{name}' on this primary. 'pgscale backfill run' begins one.");
            terminal.Say(parsed.GetValue(options.Json) ? BackfillJson.Write(status) : BackfillText.Write(status));
            return ExitCode.Done;
        });
        return command;
    }
}
