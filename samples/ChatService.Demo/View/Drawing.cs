namespace PgScale.Samples.ChatService.Demo.View;

/// <summary>Draws again and again until it is disposed of.</summary>
internal sealed class Drawing : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;

    public Drawing(Action draw, TimeSpan interval, TimeProvider time) => _loop = DrawAsync(draw, interval, time);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        _stopping.Dispose();
    }

    private async Task DrawAsync(Action draw, TimeSpan interval, TimeProvider time)
    {
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                draw();
            }
        }
        catch (OperationCanceledException)
        {
            // The last picture stays.
        }
    }
}
