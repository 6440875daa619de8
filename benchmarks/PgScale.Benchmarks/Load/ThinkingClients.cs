using System.Diagnostics;

namespace PgScale.Benchmarks.Load;

/// <summary>Clients that read, think, and read again, as users do, until told to stop; every read is kept.</summary>
internal sealed class ThinkingClients
{
    private readonly List<(long Start, long End, bool Failed)>[] _reads;
    private readonly Task _running;
    private volatile bool _stopped;

    public ThinkingClients(int count, TimeSpan thinkTime, Operation operation)
    {
        _reads = [.. Enumerable.Range(0, count).Select(_ => new List<(long, long, bool)>())];
        _running = Task.WhenAll(Enumerable.Range(0, count).Select(client => Task.Run(() => LoopAsync(client, thinkTime, operation))));
    }

    /// <summary>Lets the reads under way end, and returns all.</summary>
    public async Task<IReadOnlyList<(long Start, long End, bool Failed)>> StopAsync()
    {
        _stopped = true;
        await _running;
        return [.. _reads.SelectMany(reads => reads)];
    }

    private async Task LoopAsync(int client, TimeSpan thinkTime, Operation operation)
    {
        await ThinkAsync(thinkTime * Random.Shared.NextDouble());
        while (!_stopped)
        {
            var start = Stopwatch.GetTimestamp();
            var failed = false;
            try
            {
                await operation(client, CancellationToken.None);
            }
            catch (Exception)
            {
                failed = true; // counted: these rows are about outages
            }

            _reads[client].Add((start, Stopwatch.GetTimestamp(), failed));
            await ThinkAsync(thinkTime);
        }
    }

    private static Task ThinkAsync(TimeSpan time) => Task.Delay(time, TimeProvider.System, CancellationToken.None);
}
