using System.Diagnostics;
using Npgsql;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Testing;

/// <summary>Each fault of the network as a database client sees it.</summary>
public sealed class FaultProxyTests
{
    private PostgresCluster _cluster = null!;
    private FaultProxy _proxy = null!;

    [OneTimeSetUp]
    public async Task StartCluster()
    {
        await Needs.ServersAsync(TestServerKinds.Postgres);
        _cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions { Replicas = 0 });
        _proxy = await _cluster.AddFaultProxyAsync(_cluster.Primary);
    }

    [OneTimeTearDown]
    public async Task EndCluster()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [TearDown]
    public void Heal() => _proxy.Heal();

    [Test]
    public async Task A_healthy_proxy_carries_and_counts_everything()
    {
        var connections = _proxy.AcceptedConnections;
        var bytes = _proxy.BytesToClient;
        await using NpgsqlConnection connection = await OpenAsync();

        Assert.That(await ScalarAsync<string>(connection, "SELECT repeat('x', 1000000)"), Has.Length.EqualTo(1_000_000));
        Assert.That(_proxy.AcceptedConnections - connections, Is.EqualTo(1));
        Assert.That(_proxy.BytesToClient - bytes, Is.GreaterThan(1_000_000));
        Assert.That(_proxy.OpenConnections, Is.GreaterThanOrEqualTo(1));
    }

    [Test]
    public async Task Latency_makes_a_round_trip_twice_as_long_and_a_large_result_no_longer()
    {
        await using NpgsqlConnection connection = await OpenAsync();
        _proxy.Latency = TimeSpan.FromMilliseconds(100);
        var start = Stopwatch.GetTimestamp();

        await ScalarAsync<string>(connection, "SELECT repeat('x', 1000000)");

        Assert.That(Stopwatch.GetElapsedTime(start), Is.InRange(TimeSpan.FromMilliseconds(190), TimeSpan.FromSeconds(2)));
    }

    [Test]
    public async Task A_black_hole_swallows_open_and_new_connections_until_it_is_healed()
    {
        await using NpgsqlConnection open = await OpenAsync();
        _proxy.BlackHole();

        Task<int> answer = ScalarAsync<int>(open, "SELECT 1");
        Assert.That(async () => await OpenAsync(timeoutSeconds: 1), Throws.InstanceOf<NpgsqlException>().With.InnerException.InstanceOf<TimeoutException>());
        Assert.That(answer.IsCompleted, Is.False);

        _proxy.Heal();

        Assert.That(await answer.WaitAsync(TimeSpan.FromSeconds(10)), Is.EqualTo(1));
    }

    [Test]
    public async Task A_cut_ends_a_result_in_the_middle_of_a_message()
    {
        await using NpgsqlConnection connection = await OpenAsync();
        var before = _proxy.BytesToClient;
        _proxy.CutAfter(5_000);

        Assert.That(
            async () => await ScalarAsync<string>(connection, "SELECT repeat('x', 1000000)"),
            Throws.InstanceOf<NpgsqlException>().With.InnerException.InstanceOf<IOException>());
        Assert.That(_proxy.BytesToClient - before, Is.EqualTo(5_000));
    }

    [Test]
    public async Task A_cut_towards_the_server_ends_a_query_that_the_server_never_sees_whole()
    {
        await _cluster.Primary.ExecuteAsync("CREATE TABLE half (value text)");
        await using NpgsqlConnection connection = await OpenAsync();
        _proxy.CutAfter(2_000, FaultDirection.ToServer);
        string longText = new('x', 10_000);

        Assert.That(async () => await ScalarAsync<int>(connection, $"INSERT INTO half VALUES ('{longText}') RETURNING 1"), Throws.InstanceOf<NpgsqlException>());

        _proxy.Heal();
        Assert.That(await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM half"), Is.Zero);
    }

    [Test]
    public async Task A_throttle_makes_a_large_result_slow()
    {
        await using NpgsqlConnection connection = await OpenAsync();
        _proxy.Throttle(200_000);
        var start = Stopwatch.GetTimestamp();

        await ScalarAsync<string>(connection, "SELECT repeat('x', 100000)");

        Assert.That(Stopwatch.GetElapsedTime(start), Is.InRange(TimeSpan.FromMilliseconds(450), TimeSpan.FromSeconds(5)));
    }

    [Test]
    public async Task Refusing_turns_new_clients_away_and_leaves_open_ones()
    {
        await using NpgsqlConnection open = await OpenAsync();
        _proxy.Refuse();

        Assert.That(async () => await OpenAsync(), Throws.InstanceOf<NpgsqlException>().With.InnerException.InstanceOf<System.Net.Sockets.SocketException>());
        Assert.That(await ScalarAsync<int>(open, "SELECT 1"), Is.EqualTo(1));

        _proxy.Heal();
        await using NpgsqlConnection again = await OpenAsync();
        Assert.That(await ScalarAsync<int>(again, "SELECT 1"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_reset_ends_open_connections_only()
    {
        await using NpgsqlConnection open = await OpenAsync();

        _proxy.Reset();

        Assert.That(async () => await ScalarAsync<int>(open, "SELECT 1"), Throws.InstanceOf<NpgsqlException>());
        await using NpgsqlConnection again = await OpenAsync();
        Assert.That(await ScalarAsync<int>(again, "SELECT 1"), Is.EqualTo(1));
    }

    private async Task<NpgsqlConnection> OpenAsync(int timeoutSeconds = 15)
    {
        NpgsqlConnectionStringBuilder builder = new(_proxy.ConnectionString) { Pooling = false, Timeout = timeoutSeconds };
        NpgsqlConnection connection = new(builder.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
