namespace PgScale.Tests.Caching.Local;

/// <summary>Threads that start together and do their work at the same time, more than there are cores.</summary>
internal static class Threads
{
    internal static Task RunAsync(int count, Action<int> work)
    {
        var start = new Barrier(count);
        return Task.WhenAll(Enumerable.Range(0, count).Select(number => OnItsOwn(() =>
        {
            start.SignalAndWait();
            work(number);
        })));
    }

    internal static Task OnItsOwn(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
