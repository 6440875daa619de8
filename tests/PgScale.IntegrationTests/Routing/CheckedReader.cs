using System.Data.Common;
using Npgsql;
using PgScale.Cluster;
using PgScale.Routing;

namespace PgScale.IntegrationTests.Routing;

/// <summary>Reads keys with tokens of other clients' writes, in every way that the router offers, and checks what it sees.</summary>
internal sealed class CheckedReader(ReplicaRouter router, AcknowledgedWrites writes, CheckReport report, Random random, int keys, int ownKey)
{
    private const int ReadsInScope = 12;

    private readonly DbDataSource _source = router.AsDataSource();
    private readonly CheckedWriter _writer = new(router, writes, report, ownKey, 1);

    private long _written;

    internal async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var key = random.Next(keys);
            if (writes.LatestOf(key) is { } write)
            {
                await ReadWithTokenAsync(key, write);
            }

            if (random.Next(10) == 0)
            {
                await ReadInScopeAsync(key);
            }
        }
    }

    private async Task ReadWithTokenAsync(int key, AcknowledgedWrites.Write write)
    {
        var options = new ReadOptions { Token = ConsistencyToken.Parse(write.Token) };
        if (random.Next(3) == 0)
        {
            await CheckAsync("query", key, write.Value, () => router.QueryAsync(
                batch => batch.BatchCommands.Add(Sighting.Command(key)), Sighting.FromAsync, options));
            return;
        }

        if (random.Next(4) > 0)
        {
            await CheckAsync("token", key, write.Value, () => router.ReadAsync((connection, cancellation) => Sighting.ReadAsync(connection, key, cancellation), options));
            return;
        }

        await CheckAsync("lease", key, write.Value, async () =>
        {
            await using var lease = await router.OpenReadAsync(options);
            return await Sighting.ReadAsync(lease.Connection, key, default);
        });
    }

    private async Task ReadInScopeAsync(int key)
    {
        var begin = writes.LatestOf(key);
        using var scope = router.BeginConsistencyScope(begin is null ? default : ConsistencyToken.Parse(begin.Token));
        var least = new Dictionary<int, long> { [key] = begin?.Value ?? 0, [ownKey] = 0 };
        if (await _writer.WriteAsync(ownKey, ++_written) is not null)
        {
            least[ownKey] = _written;
        }

        for (var i = 0; i < ReadsInScope; i++)
        {
            var chosen = random.Next(3) == 0 ? ownKey : key;
            var seen = await ReadInScopeAsync(chosen, least.GetValueOrDefault(chosen));
            least[chosen] = Math.Max(least[chosen], seen?.Value ?? 0);
        }
    }

    private Task<Sighting?> ReadInScopeAsync(int key, long least) => random.Next(3) > 0
        ? CheckAsync("scope", key, least, () => router.ReadAsync((connection, cancellation) => Sighting.ReadAsync(connection, key, cancellation)))
        : CheckAsync("data source", key, least, async () =>
        {
            await using var connection = await _source.OpenConnectionAsync();
            return await Sighting.ReadAsync(connection, key, default);
        });

    private async Task<Sighting?> CheckAsync(string way, int key, long least, Func<Task<Sighting>> read)
    {
        try
        {
            var seen = await read();
            report.Count(way, seen);
            if (seen.Value < least)
            {
                report.Violate($"{way}: key {key} had to be {least} at least and was {seen}");
            }

            return seen;
        }
        catch (Exception failure) when (failure is ReadRejectedException or NpgsqlException or TimeoutException)
        {
            report.Fail(way, failure);
            return null;
        }
    }
}
