using System.CommandLine;
using PgScale.Ddl;

namespace PgScale.Cli.Ddl;

/// <summary><c>pgscale ddl plan</c>: shows the steps by which statements would be run.</summary>
internal static class PlanCommand
{
    internal static Command Create(Terminal terminal)
    {
        var options = new DdlOptions();
        var command = new Command("plan", "Show the steps by which the statements of a file would be run; exit code 1 when one would be refused.") { options.Source, options.Json };
        options.AddConnection(command);
        options.AddPolicy(command);
        command.Do(terminal, async (parsed, cancellationToken) =>
        {
            var code = ExitCode.Done;
            await foreach (var plan in PlanSource.ReadAsync(parsed, options, cancellationToken).ConfigureAwait(false))
            {
                terminal.Say(parsed.GetValue(options.Json) ? PlanJson.Write(plan) : PlanText.Write(plan, withSteps: true));
                code = plan.Verdict == DdlVerdict.Refused ? ExitCode.Unsafe : code;
            }

            return code;
        });
        return command;
    }
}
