namespace PgScale.Samples.ChatService.Demo.Traffic;

/// <summary>The people of one side: requests are due at a fixed rate, however long the ones before take.</summary>
internal sealed class Crowd : IDisposable
{
    private const int People = 60;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);

    private readonly HttpClient _http;
    private readonly TrafficPlan _plan;
    private readonly Person[] _people;
    private readonly TimeProvider _time;

    public Crowd(string address, DemoLength length, Books books, TimeProvider time)
    {
        _http = new() { BaseAddress = new(address), Timeout = TimeSpan.FromSeconds(20) };
        _plan = new(length.Users);
        _people = [.. Enumerable.Range(0, People).Select(index => new Person(1 + ((long)index * length.Users / People), _http, books, time))];
        _time = time;
    }

    /// <summary>Makes requests until it is told to stop, and returns when all are answered.</summary>
    public async Task RunAsync(int perSecond, CancellationToken stop)
    {
        var startedAt = _time.GetTimestamp();
        using var timer = new PeriodicTimer(Tick, _time);
        try
        {
            for (var made = 0L; ; await timer.WaitForNextTickAsync(stop))
            {
                for (var due = _time.GetElapsedTime(startedAt).TotalSeconds * perSecond; made < due; made++)
                {
                    var (person, kind, target) = _plan.Next(People);
                    _people[person].Ask(kind, target);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await Task.WhenAll(_people.Select(person => person.Last));
        }
    }

    public void Dispose() => _http.Dispose();
}
