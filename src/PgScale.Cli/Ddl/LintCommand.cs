using System.CommandLine;
using PgScale.Ddl;

namespace PgScale.Cli.Ddl;

/// <summary><c>pgscale ddl lint</c>: says of each statement whether it is safe, without a database or, better, with one.</summary>
internal static class LintCommand
{
    internal static Command Create(Terminal terminal)
    {
        var options = new DdlOptions();
        var allowPlanned = new Option<bool>("--allow-planned") { Description = "Do not fail on statements that pgscale ddl apply would run by a safe plan." };
        var command = new Command("lint", "Judge the statements of a file; exit code 1 when one is not safe as it is written.") { options.Source, options.Json, allowPlanned };
        options.AddConnection(command);
        options.AddPolicy(command);
        command.Do(terminal, async (parsed, cancellationToken) =>
        {
            var worst = DdlVerdict.Safe;
            await foreach (var plan in PlanSource.ReadAsync(parsed, options, cancellationToken).ConfigureAwait(false))
            {
                terminal.Say(parsed.GetValue(options.Json) ? PlanJson.Write(plan) : PlanText.Write(plan, withSteps: false));
                worst = plan.Verdict > worst ? plan.Verdict : worst;
            }

            var passes = worst == DdlVerdict.Safe || (worst == DdlVerdict.Planned && parsed.GetValue(allowPlanned));
            return passes ? ExitCode.Done : ExitCode.Unsafe;
        });
        return command;
    }
}
