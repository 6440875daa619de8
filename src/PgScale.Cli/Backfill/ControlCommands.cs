using System.CommandLine;
using PgScale.Backfill;

namespace PgScale.Cli.Backfill;

/// <summary><c>pgscale backfill pause, resume, cancel</c>: what is wanted of a backfill, whichever process runs it.</summary>
internal static class ControlCommands
{
    internal static Command Pause(Terminal terminal) => WithReason(
        terminal,
        new("pause", "Have all processes stop after the batch under way, until it is resumed."),
        (backfill, name, reason, cancellationToken) => backfill.PauseAsync(name, reason, cancellationToken));

    internal static Command Resume(Terminal terminal)
    {
        var options = new BackfillOptions();
        return Create(
            terminal,
            options,
            new("resume", "Let a paused, cancelled or failed backfill go on; a process has to run it."),
            (backfill, parsed, cancellationToken) => backfill.ResumeAsync(parsed.GetValue(options.Name)!, cancellationToken));
    }

    internal static Command Cancel(Terminal terminal) => WithReason(
        terminal,
        new("cancel", "Have all processes give up after the batch under way; what is done stays done."),
        (backfill, name, reason, cancellationToken) => backfill.CancelAsync(name, reason, cancellationToken));

    internal static Command Create(
        Terminal terminal, BackfillOptions options, Command command, Func<ControlledBackfill, ParseResult, CancellationToken, Task<BackfillStatus>> change)
    {
        options.AddTo(command).Do(terminal, async (parsed, cancellationToken) =>
        {
            var services = await options.StartAsync(parsed, cancellationToken).ConfigureAwait(false);
            await using var ending = services.ConfigureAwait(false);
            var status = await change(services.Get<ControlledBackfill>(), parsed, cancellationToken).ConfigureAwait(false);
            terminal.Say(parsed.GetValue(options.Json) ? BackfillJson.Write(status) : BackfillText.Write(status));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command WithReason(Terminal terminal, Command command, Func<ControlledBackfill, string, string, CancellationToken, Task<BackfillStatus>> change)
    {
        var options = new BackfillOptions();
        var reason = new Option<string>("--reason") { Description = "Why, for whoever looks at it later.", DefaultValueFactory = _ => "" };
        command.Options.Add(reason);
        return Create(
            terminal, options, command, (backfill, parsed, cancellationToken) => change(backfill, parsed.GetValue(options.Name)!, parsed.GetValue(reason)!, cancellationToken));
    }
}
