using System.Collections.Concurrent;
using System.Diagnostics;
using PgScale.Cluster;

namespace PgScale.Benchmarks.Caching;

/// <summary>A database that only takes its time, and counts who comes.</summary>
internal sealed class CountedLoads(TimeSpan time)
{
    private readonly ConcurrentQueue<long> _begun = new();
    private int _running;
    private int _most;

    public int Count => _begun.Count;

    /// <summary>The most loads at the same time since the last reset.</summary>
    public int Most => Volatile.Read(ref _most);

    public void ResetMost() => Volatile.Write(ref _most, 0);

    /// <summary>How many began between two readings of <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public int CountBetween(long from, long until) => _begun.Count(at => at >= from && at < until);

    public async ValueTask<string> LoadAsync(ConsistencyToken token, CancellationToken cancellationToken)
    {
        _begun.Enqueue(Stopwatch.GetTimestamp());
        Raise(Interlocked.Increment(ref _running));
        try
        {
            await Task.Delay(time, TimeProvider.System, cancellationToken);
            return "loaded";
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    public async ValueTask<string> FailAsync(ConsistencyToken token, CancellationToken cancellationToken)
    {
        await LoadAsync(token, cancellationToken);
        throw new InvalidDataException("This load always fails.");
    }

    private void Raise(int running)
    {
        for (var most = Most; running > most; most = Most)
        {
            Interlocked.CompareExchange(ref _most, running, most);
        }
    }
}
