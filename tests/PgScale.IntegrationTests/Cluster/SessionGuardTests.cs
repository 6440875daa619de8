using Npgsql;
using PgScale.Cluster;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Cluster;

/// <summary>Limits that the server enforces, on every connection that PgScale opens.</summary>
internal sealed class SessionGuardTests
{
    private PostgresCluster _cluster = null!;
    private Watched _watched = null!;

    [OneTimeSetUp]
    public async Task StartClusterAsync()
    {
        _cluster = await EveryVersion.StartAsync(version: null, replicas: 1);
        await _cluster.Primary.ExecuteAsync("CREATE TABLE guarded (id int)");
        await _cluster.WaitForReplicasAsync();
        _watched = await Watched.StartAsync(_cluster, options =>
        {
            options.ApplicationName = "shop";
            options.Tiers["Quick"] = new() { StatementTimeout = TimeSpan.FromMilliseconds(50), LockTimeout = null, IdleInTransactionTimeout = TimeSpan.FromMilliseconds(200) };
        });
    }

    [OneTimeTearDown]
    public async Task StopClusterAsync()
    {
        if (_watched is not null)
        {
            await _watched.DisposeAsync();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [TestCase(TierNames.Critical, "5s", "2s", "30s")]
    [TestCase(TierNames.Important, "15s", "2s", "30s")]
    [TestCase(TierNames.BestEffort, "1min", "2s", "30s")]
    [TestCase("quick", "50ms", "0", "200ms")]
    public async Task Each_tier_has_its_limits(string tier, string statement, string lockTimeout, string idle)
    {
        await using var connection = await OpenAsync(_watched["replica1"], tier);
        Assert.That(await ShowAsync(connection, "statement_timeout"), Is.EqualTo(statement));
        Assert.That(await ShowAsync(connection, "lock_timeout"), Is.EqualTo(lockTimeout));
        Assert.That(await ShowAsync(connection, "idle_in_transaction_session_timeout"), Is.EqualTo(idle));
        Assert.That(await ShowAsync(connection, "application_name"), Is.EqualTo($"shop pgscale-test-{_watched.Current.GetTier(tier).Name}"));
    }

    [Test]
    public async Task Guards_hold_again_when_a_pooled_connection_is_used_a_second_time()
    {
        await using (var first = await OpenAsync(_watched["replica1"], "Quick"))
        {
            await new NpgsqlCommand("SET statement_timeout = 0; SET default_transaction_read_only = off", first).ExecuteNonQueryAsync();
        }

        await using var second = await OpenAsync(_watched["replica1"], "Quick");
        Assert.That(await ShowAsync(second, "statement_timeout"), Is.EqualTo("50ms"));
        Assert.That(await ShowAsync(second, "default_transaction_read_only"), Is.EqualTo("on"));
    }

    [Test]
    public async Task Slow_statement_is_ended_by_the_server()
    {
        await using var connection = await OpenAsync(_watched["replica1"], "Quick");
        Assert.That(async () => await new NpgsqlCommand("SELECT pg_sleep(10)", connection).ExecuteNonQueryAsync(), Refused("57014"));
    }

    [Test]
    public async Task Read_connection_cannot_write_even_on_the_primary()
    {
        await using var connection = await OpenAsync(_watched.Current.GetPrimary(), TierNames.Critical);
        Assert.That(async () => await new NpgsqlCommand("INSERT INTO guarded VALUES (1)", connection).ExecuteNonQueryAsync(), Refused("25006"));
    }

    [Test]
    public async Task Write_connection_can_write()
    {
        await using var connection = await _watched.Connections.OpenAsync(_watched.Current.GetPrimary(), new(TierNames.Critical, ReadOnly: false, "test"));
        Assert.That(await new NpgsqlCommand("INSERT INTO guarded VALUES (2)", connection).ExecuteNonQueryAsync(), Is.EqualTo(1));
    }

    [Test]
    public void Tier_that_does_not_exist_is_refused_with_those_that_do() => Assert.That(
        async () => await OpenAsync(_watched["replica1"], "Platinum"),
        Throws.ArgumentException.With.Message.Contains("'Platinum'").And.Message.Contains("BestEffort, Critical, Important, Quick"));

    [Test]
    public async Task Options_of_the_connection_string_are_kept_beside_the_guards()
    {
        await using var watched = await Watched.StartAsync(options => options.Nodes.Add(new()
        {
            Name = "one",
            ConnectionString = _cluster.Primary.GetConnectionString(configure: connection => connection.Options = "-c work_mem=7MB -c statement_timeout=0"),
        }));
        await using var connection = await watched.Connections.OpenAsync(watched["one"], new(TierNames.Critical, ReadOnly: true, "test"));
        Assert.That(await ShowAsync(connection, "work_mem"), Is.EqualTo("7MB"));
        Assert.That(await ShowAsync(connection, "statement_timeout"), Is.EqualTo("5s"));
    }

    private static NUnit.Framework.Constraints.Constraint Refused(string sqlState) =>
        Throws.InstanceOf<PostgresException>().With.Property(nameof(PostgresException.SqlState)).EqualTo(sqlState);

    private static async Task<string?> ShowAsync(NpgsqlConnection connection, string setting) =>
        (string?)await new NpgsqlCommand($"SHOW {setting}", connection).ExecuteScalarAsync();

    private ValueTask<NpgsqlConnection> OpenAsync(NodeState node, string tier) => _watched.Connections.OpenAsync(node, new(tier, ReadOnly: true, "test"));
}
