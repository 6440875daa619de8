using Npgsql;
using PgScale.IntegrationTests.Cluster;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Buffering;

/// <summary>One server for all tests of this room that do no harm to it; each test has a table of its own.</summary>
[SetUpFixture]
internal sealed class BufferCluster
{
    private static int _tables;
    private static PostgresCluster? _cluster;

    /// <summary>The cluster; skips the test where there is no Postgres.</summary>
    internal static async Task<PostgresCluster> GetAsync() => _cluster ??= await EveryVersion.StartAsync(version: null, replicas: 0);

    /// <summary>Makes a table; its name.</summary>
    internal static async Task<string> CreateTableAsync(string columns, string prefix = "item")
    {
        var name = $"{prefix}_{Interlocked.Increment(ref _tables)}";
        var cluster = await GetAsync();
        await cluster.Primary.ExecuteAsync($"CREATE TABLE {name} ({columns})");
        return name;
    }

    internal static async Task<T> ScalarAsync<T>(string sql) => (await (await GetAsync()).Primary.ScalarAsync<T>(sql))!;

    internal static async Task<IReadOnlyList<object?[]>> RowsAsync(string sql)
    {
        await using var connection = new NpgsqlConnection((await GetAsync()).Primary.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        List<object?[]> rows = [];
        while (await reader.ReadAsync())
        {
            var row = new object?[reader.FieldCount];
            reader.GetValues(row!);
            rows.Add(row);
        }

        return rows;
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
            _cluster = null;
        }
    }
}
