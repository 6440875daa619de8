using PgScale.Backfill;
using Spectre.Console;

namespace PgScale.Cli.Backfill;

/// <summary>Shows progress: a bar that moves on a terminal, a JSON object for each change elsewhere.</summary>
internal static class ProgressView
{
    internal static bool IsForPrograms(Terminal terminal, bool json) => json || !terminal.IsWatched;

    internal static Task<T> WatchAsync<T>(Terminal terminal, bool json, Func<IProgress<BackfillProgress>, Task<T>> work) =>
        IsForPrograms(terminal, json) ? work(new Lines(terminal)) : ShowBarAsync(terminal, work);

    private static Task<T> ShowBarAsync<T>(Terminal terminal, Func<IProgress<BackfillProgress>, Task<T>> work) => terminal.Errors.Progress()
        .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
        .StartAsync(context => work(new Bar(context.AddTask("Connecting …"))));

    private sealed class Bar(ProgressTask task) : IProgress<BackfillProgress>
    {
        public void Report(BackfillProgress value)
        {
            task.Value = 100 * value.Fraction;
            task.Description = Markup.Escape(BackfillText.Write(value));
        }
    }

    private sealed class Lines(Terminal terminal) : IProgress<BackfillProgress>
    {
        private readonly Lock _lock = new();

        public void Report(BackfillProgress value)
        {
            lock (_lock)
            {
                terminal.Say(BackfillJson.Write(value));
            }
        }
    }
}
