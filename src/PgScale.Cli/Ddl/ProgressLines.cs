using PgScale.Ddl;
using Spectre.Console;

namespace PgScale.Cli.Ddl;

/// <summary>Shows progress: as one line that changes on a terminal, as a line for each change elsewhere.</summary>
internal static class ProgressLines
{
    internal static Task<T> WatchAsync<T>(Terminal terminal, Func<IProgress<DdlProgress>, Task<T>> work) => terminal.Errors.Profile.Out.IsTerminal
        ? terminal.Errors.Status().StartAsync("Connecting …", status => work(new Live(status)))
        : work(new Lines(terminal));

    private static string Show(DdlProgress progress)
    {
        var step = progress.Plan is { } plan ? $"step {progress.Step + 1} of {plan.Steps.Count}: " : "";
        var share = progress.Share is { } done ? $" {done:P0}" : "";
        var blockers = progress.Blockers.Count > 0 ? $" ({progress.Blockers[0]}{(progress.Blockers.Count > 1 ? $" and {progress.Blockers.Count - 1} more" : "")})" : "";
        return $"{step}{progress.Message}{share}{blockers}";
    }

    private sealed class Live(StatusContext status) : IProgress<DdlProgress>
    {
        public void Report(DdlProgress value) => status.Status(Markup.Escape(Show(value)));
    }

    private sealed class Lines(Terminal terminal) : IProgress<DdlProgress>
    {
        private (int Step, DdlProgressStage Stage, string Message) _last;

        public void Report(DdlProgress value)
        {
            var now = (value.Step, value.Stage, value.Message);
            if (_last != now)
            {
                _last = now;
                terminal.Complain(Show(value));
            }
        }
    }
}
