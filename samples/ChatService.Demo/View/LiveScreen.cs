using PgScale.Samples.ChatService.Demo.Traffic;
using Spectre.Console;

namespace PgScale.Samples.ChatService.Demo.View;

/// <summary>A picture that stays in its place on the terminal: both sides, and what happened last.</summary>
internal sealed class LiveScreen : IScreen
{
    private const int MostLines = 12;

    private readonly Lock _lock = new();
    private readonly Queue<string> _said = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly Task _display;

    private LiveDisplayContext? _context;
    private IReadOnlyList<Side> _sides = [];
    private string _title = "setting up";

    public LiveScreen(TimeProvider time)
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
            while (_said.Count > MostLines)
            {
                _said.Dequeue();
            }

            Draw();
        }
    }

    public void Begin(string title)
    {
        _title = title;
        Say($"--- {title} ---");
    }

    public void Show(IReadOnlyList<Side> sides)
    {
        lock (_lock)
        {
            _sides = sides;
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
        var table = new Table().Border(TableBorder.Rounded).Title(_title).AddColumns("", "Requests/s", "p50", "p99", "Longest", "Failed", "Stale");
        foreach (var side in _sides)
        {
            var tally = side.Tally;
            table.AddRow(side.Name, $"{tally.PerSecond:0}", Words.Duration(tally.Percentile(50)), Words.Duration(tally.Percentile(99)), Words.Duration(tally.Longest), $"{tally.Failed}", $"{tally.Stale}");
        }

        _context?.UpdateTarget(new Rows(table, new Text(string.Join('\n', _said)), new Text("Ctrl+C stops", new(Color.Grey))));
        _context?.Refresh();
    }
}
