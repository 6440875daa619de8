using System.CommandLine;
using System.Globalization;
using PgScale.Ddl;
using Spectre.Console;

namespace PgScale.Cli.Ddl;

/// <summary><c>pgscale ddl history</c>: what was run, and how it ended.</summary>
internal static class HistoryCommand
{
    internal static Command Create(Terminal terminal)
    {
        var options = new DdlOptions();
        var count = new Option<int>("--count", "-n") { Description = "At most so many runs, 1 to 10000.", DefaultValueFactory = _ => 20 };
        var abandon = new Option<Guid?>("--abandon") { Description = "Say that this run, which has stopped, shall not be gone on with." };
        var command = new Command("history", "Show the latest schema changes, the newest first.") { options.Json, count, abandon };
        options.AddConnection(command);
        command.Do(terminal, async (parsed, cancellationToken) =>
        {
            var services = await options.StartAsync(parsed, _ => { }, cancellationToken).ConfigureAwait(false);
            await using var ending = services.ConfigureAwait(false);
            var ddl = services.Get<SafeDdlExecutor>();
            if (parsed.GetValue(abandon) is { } run)
            {
                return await ddl.AbandonAsync(run, cancellationToken).ConfigureAwait(false)
                    ? ExitCode.Done
                    : throw new CliException(ExitCode.Usage, $"The history has no run {run} that has stopped before its end.");
            }

            var runs = await ddl.GetHistoryAsync(Math.Clamp(parsed.GetValue(count), 1, 10_000), cancellationToken).ConfigureAwait(false);
            Show(terminal, runs, parsed.GetValue(options.Json));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(Terminal terminal, IReadOnlyList<DdlRun> runs, bool json)
    {
        if (json)
        {
            runs.ToList().ForEach(run => terminal.Say(RunText.WriteJson(run)));
            return;
        }

        var table = new Table().AddColumns("Started", "Outcome", "Steps", "By", "Run", "Statement");
        foreach (var run in runs)
        {
            string[] cells =
            [
                run.StartedAt.ToString("u", CultureInfo.InvariantCulture),
                run.Outcome.ToString(),
                string.Create(CultureInfo.InvariantCulture, $"{run.Steps.Count(step => step.Outcome is DdlOutcome.Succeeded or DdlOutcome.Skipped)}/{run.Plan.Steps.Count}"),
                run.By,
                run.Id.ToString(),
                run.Error is null ? run.Plan.Statement : $"{run.Plan.Statement}\n{run.Error}",
            ];
            table.AddRow([.. cells.Select(cell => new Text(cell))]);
        }

        terminal.Show(table);
    }
}
