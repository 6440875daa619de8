using System.Diagnostics;
using Npgsql;
using PgScale.Cluster;

namespace PgScale.IntegrationTests.Cluster;

/// <summary>Clients that pick fresh replicas from the snapshot and read from them, until they are stopped.</summary>
internal sealed class ReadingClients : IDisposable
{
    private static readonly SessionProfile Profile = new(TierNames.Critical, ReadOnly: true, "test");

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task<TimeSpan>> _clients;
    private readonly Watched _watched;

    private long _reads;

    internal ReadingClients(Watched watched, int count)
    {
        _watched = watched;
        _clients = [.. Enumerable.Range(0, count).Select(client => Task.Run(() => RunAsync(client)))];
    }

    internal async Task UntilReadsAsync(int more)
    {
        var wanted = Interlocked.Read(ref _reads) + more;
        await Task.Run(() => Assert.That(() => Interlocked.Read(ref _reads), Is.GreaterThanOrEqualTo(wanted).After(30_000, 5)));
    }

    /// <summary>Ends them; returns the longest time that one of them took to choose a node.</summary>
    internal async Task<TimeSpan> StopAsync()
    {
        await _stop.CancelAsync();
        return (await Task.WhenAll(_clients)).Max();
    }

    public void Dispose() => _stop.Dispose();

    private async Task<TimeSpan> RunAsync(int client)
    {
        var longest = TimeSpan.Zero;
        for (var turn = client; !_stop.IsCancellationRequested; turn++)
        {
            var looked = Stopwatch.GetTimestamp();
            var replicas = _watched.Current.GetFreshReplicas(TierNames.Critical).ToList();
            longest = TimeSpan.FromTicks(Math.Max(longest.Ticks, Stopwatch.GetElapsedTime(looked).Ticks));
            if (replicas.Count > 0)
            {
                await ReadAsync(replicas[turn % replicas.Count]);
            }
        }

        return longest;
    }

    // Given up rather than cancelled: Npgsql would ask the hung server to cancel, and wait for it.
    private async Task ReadAsync(NodeState node)
    {
        try
        {
            await QueryAsync(node).WaitAsync(TimeSpan.FromSeconds(1), _stop.Token);
            Interlocked.Increment(ref _reads);
        }
        catch (Exception failure) when (failure is NpgsqlException or OperationCanceledException or TimeoutException)
        {
            _watched.Monitor.ReportFailure(node.Name, failure);
        }
    }

    private async Task QueryAsync(NodeState node)
    {
        await using var connection = await _watched.Connections.OpenAsync(node, Profile);
        await using var command = new NpgsqlCommand("SELECT 1", connection);
        await command.ExecuteScalarAsync();
    }
}
