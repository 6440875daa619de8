using System.CommandLine;
using PgScale.Backfill;

namespace PgScale.Cli.Backfill;

/// <summary><c>pgscale backfill run</c>: begins a backfill, or goes on where it stood.</summary>
internal static class RunCommand
{
    internal static Command Create(Terminal terminal)
    {
        var (options, definition, pace) = (new BackfillOptions(), new DefinitionOptions(), new PaceOptions());
        var workers = new Option<int>("--workers") { Description = "Workers of this process, each with a connection, 1 to 64.", DefaultValueFactory = _ => 1 };
        var joins = new Option<bool>("--join") { Description = "Share the ranges with other processes, and stand by while all are taken." };
        var command = pace.AddTo(definition.AddTo(options.AddTo(new("run", "Run a backfill to its end; run again after it was stopped, it goes on where it stood.") { workers, joins })));
        workers.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 64)
            {
                result.AddError("--workers is a number from 1 to 64.");
            }
        });
        command.Do(terminal, async (parsed, cancellationToken) =>
        {
            var asked = definition.Create(parsed, parsed.GetValue(options.Name)!, pace.Create(parsed));
            var services = await options.StartAsync(parsed, cancellationToken).ConfigureAwait(false);
            await using var ending = services.ConfigureAwait(false);
            if (!options.HasReplicas(parsed))
            {
                terminal.Complain("No --replica is given: the lag of replicas does not hold the pace back.");
            }

            var part = new BackfillRunOptions { Workers = parsed.GetValue(workers), Joins = parsed.GetValue(joins) };
            var status = await ProgressView.WatchAsync(
                terminal,
                parsed.GetValue(options.Json),
                progress => services.Get<ControlledBackfill>().RunAsync(asked, progress, part, cancellationToken)).ConfigureAwait(false);
            terminal.Say(ProgressView.IsForPrograms(terminal, parsed.GetValue(options.Json)) ? BackfillJson.Write(status) : BackfillText.Write(status));
            return CodeOf(status);
        });
        return command;
    }

    private static int CodeOf(BackfillStatus status) => status switch
    {
        { State: not BackfillState.Completed } => ExitCode.Later,
        { RowsSetAside: > 0 } => ExitCode.Failed,
        _ => ExitCode.Done,
    };
}
