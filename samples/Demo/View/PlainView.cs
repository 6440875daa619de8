using PgScale.Cluster;
using Spectre.Console;

namespace PgScale.Samples.Demo.View;

/// <summary>Lines with a time in front, for a log or a pipe: no control codes, no colours.</summary>
internal sealed class PlainView(TextWriter output, TimeProvider time) : IDemoView
{
    private const int Width = 132;

    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly long _startedAt = time.GetTimestamp();

    private long _shownAt;

    public void Say(string text) => WriteLine(text);

    public void Begin(string scene) => WriteLine($"--- {scene} ---");

    public void Show(DemoFacts facts)
    {
        if (_shownAt != 0 && time.GetElapsedTime(_shownAt) < Quiet)
        {
            return;
        }

        _shownAt = time.GetTimestamp();
        WriteLine($"{string.Join("  |  ", facts.Cluster.Nodes.Select(Describe))}  |  {facts.Load.ReadsPerSecond:0} reads/s, {facts.Load.WritesPerSecond:0} writes/s");
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

    private static string Describe(NodeState node) => node switch
    {
        { Health: not NodeHealth.Healthy } => $"{node.Name} {node.Role} {node.Health}",
        { Role: NodeRole.Replica } => $"{node.Name} {node.Role} lag {Words.LagTime(node)} {Words.LagBytes(node)}",
        _ => $"{node.Name} {node.Role}",
    };

    private void WriteLine(string text)
    {
        lock (_lock)
        {
            output.WriteLine($"{time.GetElapsedTime(_startedAt).TotalSeconds,5:0.0} s  {text}");
        }
    }
}
