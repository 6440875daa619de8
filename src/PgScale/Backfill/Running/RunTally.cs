namespace PgScale.Backfill.Running;

/// <summary>What the workers of a run have done, for progress: counts, and the rate over the last minute.</summary>
internal sealed class RunTally(TimeProvider time)
{
    private const int Slots = 60;

    private readonly Lock _lock = new();
    private readonly long _startedAt = time.GetTimestamp();
    private readonly (long Second, long Rows)[] _rates = new (long, long)[Slots];

    private long _visited;
    private long _changed;

    internal long Visited => Volatile.Read(ref _visited);

    internal long Changed => Volatile.Read(ref _changed);

    /// <summary>What earlier runs and other processes did.</summary>
    internal void StartFrom(long visited, long changed)
    {
        Volatile.Write(ref _visited, visited);
        Volatile.Write(ref _changed, changed);
    }

    internal void Add(long visited, long changed)
    {
        Interlocked.Add(ref _visited, visited);
        Interlocked.Add(ref _changed, changed);
        lock (_lock)
        {
            var second = Second;
            ref var slot = ref _rates[second % Slots];
            slot = slot.Second == second ? (second, slot.Rows + visited) : (second, visited);
        }
    }

    /// <summary>Rows per second of whole seconds: over the last ones, and the slowest and fastest tenth of the last minute.</summary>
    internal (double Recent, double Mean, double Slow, double Fast) Rates()
    {
        var now = Second;
        long[] seconds;
        lock (_lock)
        {
            var from = Math.Max(0, now - Slots + 1);
            seconds = [.. Enumerable.Range(0, (int)(now - from)).Select(ago => now - 1 - ago).Select(second => _rates[second % Slots] is var slot && slot.Second == second ? slot.Rows : 0)];
        }

        if (seconds.Length == 0)
        {
            var elapsed = time.GetElapsedTime(_startedAt).TotalSeconds;
            var rate = elapsed > 0 ? _rates[0].Rows / elapsed : 0;
            return (rate, rate, rate, rate);
        }

        long[] sorted = [.. seconds.Order()];
        return (seconds.Take(10).Average(), seconds.Average(), sorted[sorted.Length / 10], sorted[^(1 + (sorted.Length / 10))]);
    }

    private long Second => (long)time.GetElapsedTime(_startedAt).TotalSeconds;
}
