using PgScale.Testing;

namespace PgScale.IntegrationTests.Buffering;

/// <summary>Counts the deadlocks that the server has found since the start.</summary>
internal sealed class Deadlocks(PostgresCluster cluster)
{
    private long _before;

    internal async Task StartAsync() => _before = await ReadAsync();

    // Statistics of a backend are there for sure when it has ended; those of pooled connections come within a second of idling.
    internal async Task<long> CountAsync() => await ReadAsync() - _before;

    private Task<long> ReadAsync() => cluster.Primary.ScalarAsync<long>("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
}
