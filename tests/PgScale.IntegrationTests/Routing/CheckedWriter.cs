using PgScale.Cluster;
using PgScale.Routing;

namespace PgScale.IntegrationTests.Routing;

/// <summary>Writes a growing value to the keys that are its own, and reads each back at once.</summary>
/// <remarks>Each write also adds a row to a table without any constraint, so that one applied twice can be seen.</remarks>
internal sealed class CheckedWriter(ReplicaRouter router, AcknowledgedWrites writes, CheckReport report, int firstKey, int keys)
{
    private long _value;

    internal async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var key = firstKey + (int)(_value % keys);
            if (await WriteAsync(key, ++_value) is { } token)
            {
                await ReadBackAsync(key, _value, token);
            }
        }
    }

    internal async Task<ConsistencyToken?> WriteAsync(int key, long value)
    {
        try
        {
            var write = await router.WriteAsync((connection, cancellation) => Routed.ExecuteAsync(
                connection, $"UPDATE checked_keys SET value = {value} WHERE key = {key}; INSERT INTO checked_writes VALUES ({key}, {value})", cancellation));
            writes.Add(key, value, write.Token);
            return write.Token;
        }
        catch (WriteOutcomeUnknownException failure)
        {
            writes.AddUnknown(key, value);
            report.Fail("write", failure);
        }
        catch (PrimaryUnavailableException failure)
        {
            report.Fail("write", failure);
        }

        return null;
    }

    private async Task ReadBackAsync(int key, long value, ConsistencyToken token)
    {
        try
        {
            var seen = await router.ReadAsync((connection, cancellation) => Sighting.ReadAsync(connection, key, cancellation), new() { Token = token });
            report.Count("own", seen);
            if (seen.Value < value)
            {
                report.Violate($"own write: key {key} was written as {value}, and a read with its token gave {seen}");
            }
        }
        catch (Exception failure) when (failure is ReadRejectedException or Npgsql.NpgsqlException or TimeoutException)
        {
            report.Fail("own", failure);
        }
    }
}
