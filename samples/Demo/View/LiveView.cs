using PgScale.Cluster;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PgScale.Samples.Demo.View;

/// <summary>A picture that stays in its place on the terminal: servers, load, and what happened last.</summary>
internal sealed class LiveView : IDemoView
{
    private const int MostLines = 12;
    private const int LinesBesides = 13; // servers, load, borders

    private readonly Lock _lock = new();
    private readonly Queue<string> _said = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly Task _display;

    private LiveDisplayContext? _context;
    private DemoFacts? _facts;
    private string _scene = "setting up";

    public LiveView(TimeProvider time)
    {
        _time = time;
        _startedAt = time.GetTimestamp();
        _display = AnsiConsole.Live(new Text("")).AutoClear(false).StartAsync(context =>
        {
            _context = context;
            return _ended.Task;
        });
    }

    public void Say(string text)
    {
        lock (_lock)
        {
            _said.Enqueue($"{_time.GetElapsedTime(_startedAt).TotalSeconds,5:0.0} s  {text}");
            while (_said.Count > Math.Clamp(AnsiConsole.Profile.Height - LinesBesides, 3, MostLines))
            {
                _said.Dequeue();
            }

            Draw();
        }
    }

    public void Begin(string scene)
    {
        _scene = scene;
        Say($"--- {scene} ---");
    }

    public void Show(DemoFacts facts)
    {
        lock (_lock)
        {
            _facts = facts;
            Draw();
        }
    }

    public void Summarize(DemoSummary summary)
    {
        AnsiConsole.WriteLine();
        SummaryView.Write(AnsiConsole.Console, summary, TableBorder.Rounded);
    }

    public async ValueTask DisposeAsync()
    {
        _ended.TrySetResult();
        await _display;
    }

    private void Draw()
    {
        _context?.UpdateTarget(new Rows([.. DrawFacts(), DrawSaid(), new Text("Ctrl+C stops", new(Color.Grey))]));
        _context?.Refresh();
    }

    // One line each, or a small terminal would push the servers out of sight.
    private Text DrawSaid()
    {
        var width = AnsiConsole.Profile.Width;
        return new(string.Join('\n', _said.Select(line => line.Length <= width ? line : string.Concat(line.AsSpan(0, width - 1), "…"))));
    }

    private IEnumerable<IRenderable> DrawFacts()
    {
        if (_facts is not { } facts)
        {
            yield break;
        }

        yield return DrawNodes(facts).Title(_scene);
        yield return new Text(
            $"{facts.Load.ReadsPerSecond:0} reads/s, {facts.Load.WritesPerSecond:0} writes/s; {facts.Load.RetriedReads} reads retried, "
            + $"{facts.Load.StaleReads} stale; no write for {Words.Duration(facts.Load.SinceLastWrite)}\n");
    }

    private static Table DrawNodes(DemoFacts facts)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("Server", "Role", "Health", "Lag", "Lag", "Reads");
        foreach (var node in facts.Cluster.Nodes)
        {
            table.AddRow(
                new Text(node.Name),
                new Text($"{node.Role}"),
                new Text(node.IsReplayPaused ? $"{node.Health}, replay paused" : $"{node.Health}", new(ColorOf(node))),
                new Text(Words.LagTime(node)),
                new Text(Words.LagBytes(node)),
                new Text($"{facts.Load.ReadsOn(node.Name)}"));
        }

        return table;
    }

    private static Color ColorOf(NodeState node) =>
        node.Health != NodeHealth.Healthy ? Color.Red : node.IsReplayPaused ? Color.Yellow : Color.Green;
}
