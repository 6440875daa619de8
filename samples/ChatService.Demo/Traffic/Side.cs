namespace PgScale.Samples.ChatService.Demo.Traffic;

/// <summary>The service in one of its two forms, and the people who use it.</summary>
internal sealed class Side : IAsyncDisposable
{
    private readonly WebApplication _service;
    private readonly Crowd _crowd;

    private Side(string name, string database, WebApplication service, Crowd crowd, Books books)
    {
        (Name, Database, _service, _crowd, Books) = (name, database, service, crowd, books);
    }

    public string Name { get; }

    public string Database { get; }

    public Books Books { get; }

    public Tally Tally => Books.Tally;

    public IServiceProvider Services => _service.Services;

    public static async Task<Side> StartAsync(string name, string database, WebApplication service, DemoLength length, TimeProvider time, CancellationToken cancellationToken)
    {
        await service.StartAsync(cancellationToken);
        var books = new Books(time);
        return new(name, database, service, new(service.Urls.First(), length, books, time), books);
    }

    public Task RunAsync(int perSecond, CancellationToken stop) => _crowd.RunAsync(perSecond, stop);

    public async Task RunAsync(int perSecond, TimeSpan length, TimeProvider time, CancellationToken cancellationToken)
    {
        using var end = new CancellationTokenSource(length, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(end.Token, cancellationToken);
        await RunAsync(perSecond, stop.Token);
        cancellationToken.ThrowIfCancellationRequested();
    }

    public async ValueTask DisposeAsync()
    {
        _crowd.Dispose();
        await _service.StopAsync();
        await _service.DisposeAsync();
    }
}
