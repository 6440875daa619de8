using System.Diagnostics;
using System.Threading.Channels;
using Npgsql;
using PgScale.Benchmarks.Load;
using PgScale.Testing;

namespace PgScale.Benchmarks.Backfill;

/// <summary>Users beside a backfill: 200 reads and 40 writes a second of random rows, due at fixed times, until it is stopped.</summary>
/// <remarks>A latency counts from the moment at which its operation was due, see <see cref="PacedLoop"/>.</remarks>
internal sealed class Foreground : IAsyncDisposable
{
    private const double PerSecond = 240;
    private const int WriteEach = 6;
    private const int Clients = 8;

    private readonly NpgsqlDataSource _pool;
    private readonly int _rows;
    private readonly Channel<(long Due, bool IsWrite)> _due = Channel.CreateUnbounded<(long, bool)>();
    private readonly Task<LoadResult> _running;
    private readonly Task _pacing;
    private volatile bool _isStopped;

    public Foreground(PostgresServer primary, int rows)
    {
        _rows = rows;
        _pool = NpgsqlDataSource.Create(primary.GetConnectionString(configure: builder => (builder.MaxPoolSize, builder.MaxAutoPrepare) = (Clients, 4)));
        _running = PgScale.Benchmarks.Load.Clients.RunAsync(Clients, countFailures: false, LoopAsync, CancellationToken.None);
        _pacing = Task.Factory.StartNew(Pace, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Lets what was due be done, and returns the writes.</summary>
    public async Task<LoadResult> StopAsync()
    {
        _isStopped = true;
        await _pacing;
        return await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _pool.DisposeAsync();
    }

    private void Pace()
    {
        var started = Stopwatch.GetTimestamp();
        for (var number = 0L; !_isStopped; number++)
        {
            var due = started + (long)(number / PerSecond * Stopwatch.Frequency);
            PreciseWait.Until(due);
            _due.Writer.TryWrite((due, number % WriteEach == 0));
        }

        _due.Writer.Complete();
    }

    private async Task LoopAsync(int client, ClientRecord record, CancellationToken cancellationToken)
    {
        await foreach (var (due, isWrite) in _due.Reader.ReadAllAsync(cancellationToken))
        {
            if (isWrite)
            {
                await record.MeasureAsync(WriteAsync, client, due, cancellationToken);
            }
            else
            {
                await ReadAsync(cancellationToken);
            }
        }
    }

    private ValueTask WriteAsync(int client, CancellationToken cancellationToken) => RunAsync("UPDATE posts SET title = title WHERE id = $1", cancellationToken);

    private ValueTask ReadAsync(CancellationToken cancellationToken) => RunAsync("SELECT title, priority FROM posts WHERE id = $1", cancellationToken);

    private async ValueTask RunAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = _pool.CreateCommand(sql);
        command.Parameters.Add(new() { Value = Random.Shared.NextInt64(1, _rows + 1) });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
