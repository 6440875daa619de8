using System.Diagnostics;
using Npgsql;

namespace PgScale.Benchmarks.Routing;

/// <summary>Today's habit: for half a second after its write a client reads from the primary, then from any standby.</summary>
internal sealed class StickyReads(NpgsqlDataSource primary, NpgsqlDataSource standbys)
{
    public static TimeSpan Window { get; } = TimeSpan.FromMilliseconds(500);

    public async Task<ReadBack> WriteAsync(int client, int value, CancellationToken cancellationToken)
    {
        await using var connection = await primary.OpenConnectionAsync(cancellationToken);
        await OwnValues.WriteAsync(connection, client, value, cancellationToken);
        var writtenAt = Stopwatch.GetTimestamp();
        return async () =>
        {
            await using var source = await (Stopwatch.GetElapsedTime(writtenAt) < Window ? primary : standbys).OpenConnectionAsync(cancellationToken);
            return await OwnValues.ReadAsync(source, client, cancellationToken);
        };
    }
}
