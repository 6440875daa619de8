using System.Diagnostics;
using Npgsql;
using PgScale.Testing;

namespace PgScale.Benchmarks.Backfill;

/// <summary>Asks primary and replica fifty times a second where they are: the lag is the age of the oldest position that is not replayed.</summary>
internal sealed class LagSampler : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly Queue<(long At, long Position)> _positions = new();
    private readonly LagRecord _record = new();
    private readonly Task _running;

    public LagSampler(PostgresServer primary, PostgresServer replica) => _running = Task.Run(() => RunAsync(primary, replica));

    public async Task<LagRecord> StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        return _record;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task RunAsync(PostgresServer primary, PostgresServer replica)
    {
        await using var written = await primary.OpenConnectionAsync();
        await using var replayed = await replica.OpenConnectionAsync();
        while (!_stop.IsCancellationRequested)
        {
            var position = await AskAsync(written, "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint");
            _positions.Enqueue((Stopwatch.GetTimestamp(), position));
            Note(position, await AskAsync(replayed, "SELECT (pg_last_wal_replay_lsn() - '0/0')::bigint"));
            await Task.Delay(Interval, TimeProvider.System, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Note(long written, long replayed)
    {
        while (_positions.TryPeek(out var oldest) && oldest.Position <= replayed)
        {
            _positions.Dequeue();
        }

        _record.Add(_positions.TryPeek(out var behind) ? Stopwatch.GetElapsedTime(behind.At).TotalMilliseconds : 0, Math.Max(0, written - replayed));
    }

    private static async Task<long> AskAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
