using System.CommandLine;
using PgScale.Ddl;

namespace PgScale.Cli.Ddl;

/// <summary><c>pgscale ddl apply</c>: runs a file, the input, or the migrations of a folder that were not run yet.</summary>
internal static class ApplyCommand
{
    internal static Command Create(Terminal terminal)
    {
        var options = new DdlOptions();
        var limits = new ApplyLimits();
        var source = new Argument<string>("SOURCE") { Description = "A folder of .sql migrations, a file of statements, or - for the input." };
        var command = new Command("apply", "Run statements the safe way; run again after it was stopped, it goes on where it stood.") { source, options.Json };
        options.AddConnection(command);
        options.AddPolicy(command);
        limits.AddTo(command);
        command.Do(terminal, async (parsed, cancellationToken) =>
        {
            var services = await options.StartAsync(parsed, ddl => limits.Apply(parsed, options.Policy(parsed), ddl), cancellationToken).ConfigureAwait(false);
            await using var ending = services.ConfigureAwait(false);
            var json = parsed.GetValue(options.Json);
            var runs = await ProgressLines.WatchAsync(
                terminal, progress => RunAsync(services.Get<SafeDdlExecutor>(), parsed.GetValue(source)!, progress, cancellationToken)).ConfigureAwait(false);
            runs.ForEach(run => terminal.Say(json ? RunText.WriteJson(run) : RunText.Write(run)));
            if (runs.Count == 0 && !json)
            {
                terminal.Say("Nothing to do: all had been applied.");
            }

            return runs.Exists(run => run.Outcome == DdlOutcome.Paused) ? ExitCode.Later : ExitCode.Done;
        });
        return command;
    }

    private static async Task<List<DdlRun>> RunAsync(SafeDdlExecutor ddl, string source, IProgress<DdlProgress> progress, CancellationToken cancellationToken) =>
        Directory.Exists(source)
            ? [.. await ddl.MigrateAsync(source, progress, cancellationToken).ConfigureAwait(false)]
            : [.. await ddl.ExecuteAllAsync(await SourceText.ReadAsync(source, cancellationToken).ConfigureAwait(false), progress, cancellationToken).ConfigureAwait(false)];
}
