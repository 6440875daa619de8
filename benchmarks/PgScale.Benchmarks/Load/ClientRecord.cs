using System.Diagnostics;

namespace PgScale.Benchmarks.Load;

/// <summary>What one client saw. Only that client touches it until the loop has ended.</summary>
internal sealed class ClientRecord(bool countFailures)
{
    private readonly LatencyHistogram _latency = new();
    private long _operations;
    private long _failures;
    private long _unserved;
    private Exception? _firstFailure;

    /// <summary>Runs one operation and records its latency since <paramref name="startTimestamp"/>.</summary>
    public async ValueTask MeasureAsync(Operation operation, int client, long startTimestamp, CancellationToken cancellationToken)
    {
        try
        {
            await operation(client, cancellationToken);
            _operations++;
        }
        catch (Exception failure) when (countFailures && !cancellationToken.IsCancellationRequested)
        {
            _failures++;
            _firstFailure ??= failure;
        }

        _latency.Record(startTimestamp, Stopwatch.GetTimestamp());
    }

    public void AddUnserved(long intendedTimestamp)
    {
        _unserved++;
        _latency.Record(intendedTimestamp, Stopwatch.GetTimestamp());
    }

    public static LoadResult Merge(IReadOnlyList<ClientRecord> clients, TimeSpan elapsed)
    {
        var latency = new LatencyHistogram();
        foreach (var client in clients)
        {
            latency.Add(client._latency);
        }

        return new LoadResult
        {
            Operations = clients.Sum(client => client._operations),
            Failures = clients.Sum(client => client._failures),
            FirstFailure = clients.Select(client => client._firstFailure).FirstOrDefault(failure => failure is not null),
            Unserved = clients.Sum(client => client._unserved),
            Elapsed = elapsed,
            Latency = latency,
        };
    }
}
