using PgScale.Samples.ChatService.Demo.Traffic;
using Spectre.Console;

namespace PgScale.Samples.ChatService.Demo.View;

/// <summary>Lines with a time in front, for a log or a pipe: no control codes, no colours.</summary>
internal sealed class PlainScreen(TextWriter output, TimeProvider time) : IScreen
{
    private const int Width = 120;

    private readonly Lock _lock = new();
    private readonly long _startedAt = time.GetTimestamp();

    public void Say(string text)
    {
        lock (_lock)
        {
            output.WriteLine($"{time.GetElapsedTime(_startedAt).TotalSeconds,5:0.0} s  {text}");
        }
    }

    public void Begin(string title) => Say($"--- {title} ---");

    // The figures of each part are in the summary; a log needs no film.
    public void Show(IReadOnlyList<Side> sides)
    {
    }

    public void Summarize(DemoSummary summary)
    {
        output.WriteLine();
        var console = AnsiConsole.Create(new()
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = Width;
        SummaryView.Write(console, summary, TableBorder.Ascii);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
