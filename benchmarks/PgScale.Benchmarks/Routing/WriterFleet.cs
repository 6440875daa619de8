using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using PgScale.Routing;

namespace PgScale.Benchmarks.Routing;

/// <summary>Writers that each insert numbered rows one after the other, and remember what they were told of each.</summary>
internal sealed class WriterFleet
{
    private static readonly TimeSpan ThinkTime = TimeSpan.FromMilliseconds(5);

    private readonly string _name;
    private readonly Func<string, Task> _write;
    private readonly ConcurrentQueue<(int Writer, int Number, long At)> _acknowledged = new();
    private readonly Task _running;
    private int _unknown;
    private int _refused;
    private volatile bool _stopped;

    /// <param name="name">Marks the rows of this fleet.</param>
    /// <param name="writers">How many.</param>
    /// <param name="write">Sends one statement, once or again until it succeeds.</param>
    public WriterFleet(string name, int writers, Func<string, Task> write)
    {
        (_name, _write) = (name, write);
        _running = Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(() => LoopAsync(writer))));
    }

    /// <summary>The first success after a moment, in milliseconds from it; null while there is none.</summary>
    public double? FirstAfter(long timestamp)
    {
        var ends = _acknowledged.Where(write => write.At > timestamp).Select(write => write.At).ToList();
        return ends.Count == 0 ? null : Stopwatch.GetElapsedTime(timestamp, ends.Min()).TotalMilliseconds;
    }

    public Task StopAsync()
    {
        _stopped = true;
        return _running;
    }

    /// <summary>Compares what the writers were told with what is stored.</summary>
    public async Task<PromotionSample> CompareAsync(double milliseconds, NpgsqlConnection primary, CancellationToken cancellationToken)
    {
        var stored = new Dictionary<(int, int), int>();
        await using var command = new NpgsqlCommand("SELECT writer, number, count(*)::int FROM written WHERE fleet = $1 GROUP BY 1, 2", primary);
        command.Parameters.Add(new() { Value = _name });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            stored[(reader.GetInt32(0), reader.GetInt32(1))] = reader.GetInt32(2);
        }

        var missing = _acknowledged.Count(write => !stored.ContainsKey((write.Writer, write.Number)));
        return new(milliseconds, missing + _refused, stored.Values.Count(times => times > 1), _unknown);
    }

    private async Task LoopAsync(int writer)
    {
        for (var number = 0; !_stopped; number++)
        {
            try
            {
                await _write($"INSERT INTO written (fleet, writer, number) VALUES ('{_name}', {writer}, {number})");
                _acknowledged.Enqueue((writer, number, Stopwatch.GetTimestamp()));
            }
            catch (WriteOutcomeUnknownException)
            {
                Interlocked.Increment(ref _unknown);
            }
            catch (Exception)
            {
                Interlocked.Increment(ref _refused);
            }

            await Task.Delay(ThinkTime, TimeProvider.System, CancellationToken.None);
        }
    }
}
