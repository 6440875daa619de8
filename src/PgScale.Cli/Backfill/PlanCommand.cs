using System.CommandLine;
using PgScale.Backfill;

namespace PgScale.Cli.Backfill;

/// <summary><c>pgscale backfill plan</c>: what it would do, and what speaks against it; changes nothing.</summary>
internal static class PlanCommand
{
    internal static Command Create(Terminal terminal)
    {
        var (options, definition) = (new BackfillOptions(), new DefinitionOptions());
        var command = definition.AddTo(options.AddTo(new("plan", "Show what a backfill would do and what speaks against it; changes nothing.")));
        command.Do(terminal, async (parsed, cancellationToken) =>
        {
            var asked = definition.Create(parsed, parsed.GetValue(options.Name)!, new());
            var services = await options.StartAsync(parsed, cancellationToken).ConfigureAwait(false);
            await using var ending = services.ConfigureAwait(false);
            var plan = await services.Get<ControlledBackfill>().PlanAsync(asked, cancellationToken).ConfigureAwait(false);
            terminal.Say(parsed.GetValue(options.Json) ? BackfillJson.Write(plan) : BackfillText.Write(plan));
            return plan.Findings.Any(finding => finding.IsRefusal) ? ExitCode.Unsafe : ExitCode.Done;
        });
        return command;
    }
}
