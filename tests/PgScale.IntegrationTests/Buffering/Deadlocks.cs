using PgScale.Testing;

namespace PgScale.IntegrationTests.Buffering;

/// <summary>Counts the deadlocks that the server has logged since the start.</summary>
internal sealed class Deadlocks(PostgresCluster cluster)
{
    private int _before;

    internal async Task StartAsync() => _before = await ReadAsync();

    internal async Task<int> CountAsync() => await ReadAsync() - _before;

    private async Task<int> ReadAsync() => (await File.ReadAllTextAsync(cluster.Primary.LogFile)).Split("deadlock detected").Length - 1;
}
