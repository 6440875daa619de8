using Npgsql;
using PgScale.Cluster;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Cluster;

/// <summary>The ground floor through PgBouncer in transaction mode, where start-up options and session state do not hold.</summary>
internal sealed class PgBouncerTests
{
    private PostgresCluster _cluster = null!;
    private Watched _watched = null!;

    [OneTimeSetUp]
    public async Task StartClusterAsync()
    {
        if (await TestServers.ReasonToSkipAsync(TestServerKinds.Postgres | TestServerKinds.PgBouncer) is { } reason)
        {
            Assert.Ignore(reason);
        }

        _cluster = await EveryVersion.StartAsync(version: null, replicas: 1);
        await _cluster.Primary.ExecuteAsync("CREATE TABLE pooled (id int)");
        await _cluster.WaitForReplicasAsync();
        var primary = await _cluster.AddPgBouncerAsync(_cluster.Primary, new() { PoolSize = 2 });
        var replica = await _cluster.AddPgBouncerAsync(_cluster["replica1"], new() { PoolSize = 2 });
        _watched = await Watched.StartAsync(options =>
        {
            options.Nodes.Add(new() { Name = "primary", ConnectionString = primary.ConnectionString, Pooler = PoolerMode.PgBouncerTransaction });
            options.Nodes.Add(new() { Name = "replica1", ConnectionString = replica.ConnectionString, Pooler = PoolerMode.PgBouncerTransaction });
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

    [Test]
    public async Task Roles_and_lag_are_seen_through_the_pooler()
    {
        var snapshot = await _watched.UntilAsync(known => known.GetFreshReplicas(TierNames.Critical).Any());
        Assert.That(snapshot.Primary!.Name, Is.EqualTo("primary"));
        Assert.That(snapshot.Find("replica1")!.Role, Is.EqualTo(NodeRole.Replica));
    }

    [Test]
    public async Task Guards_hold_inside_a_transaction_and_leave_no_trace_on_the_server_connection()
    {
        var profile = new SessionProfile(TierNames.Critical, ReadOnly: true, "test");
        var node = _watched.Current.GetPrimary();
        await using (var connection = await _watched.Connections.OpenAsync(node, profile))
        await using (var transaction = await _watched.Connections.BeginTransactionAsync(connection, node, profile))
        {
            Assert.That(await ShowAsync(connection, "statement_timeout"), Is.EqualTo("5s"));
            Assert.That(await ShowAsync(connection, "transaction_read_only"), Is.EqualTo("on"));
            await transaction.CommitAsync();
        }

        await using var other = await _watched.Connections.OpenAsync(node, profile with { ReadOnly = false });
        Assert.That(await ShowAsync(other, "statement_timeout"), Is.EqualTo("0"));
        Assert.That(await ShowAsync(other, "transaction_read_only"), Is.EqualTo("off"));
    }

    [Test]
    public async Task Write_in_a_read_only_transaction_is_refused()
    {
        var profile = new SessionProfile(TierNames.Critical, ReadOnly: true, "test");
        var node = _watched.Current.GetPrimary();
        await using var connection = await _watched.Connections.OpenAsync(node, profile);
        await using var transaction = await _watched.Connections.BeginTransactionAsync(connection, node, profile);
        Assert.That(
            async () => await new NpgsqlCommand("INSERT INTO pooled VALUES (1)", connection, transaction).ExecuteNonQueryAsync(),
            Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo("25006"));
    }

    [Test]
    public async Task Many_clients_share_few_server_connections_and_no_state_leaks_between_them()
    {
        var profile = new SessionProfile(TierNames.Important, ReadOnly: false, "test");
        var node = _watched.Current.GetPrimary();
        await Parallel.ForAsync(0, 100, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (id, cancellation) =>
        {
            await using var connection = await _watched.Connections.OpenAsync(node, profile, cancellation);
            await using var transaction = await _watched.Connections.BeginTransactionAsync(connection, node, profile, cancellationToken: cancellation);
            await using var insert = new NpgsqlCommand("INSERT INTO pooled VALUES ($1)", connection, transaction) { Parameters = { new() { Value = id } } };
            await insert.ExecuteNonQueryAsync(cancellation);
            await transaction.CommitAsync(cancellation);
        });
        Assert.That(await _cluster.Primary.ScalarAsync<long>("SELECT count(DISTINCT id) FROM pooled"), Is.EqualTo(100));
    }

    [Test]
    public async Task Token_taken_through_the_pooler_is_covered_by_the_replica()
    {
        await using var connection = await _watched.Connections.OpenAsync(_watched.Current.GetPrimary(), new(TierNames.Important, ReadOnly: false, "test"));
        await new NpgsqlCommand("INSERT INTO pooled VALUES (-1)", connection).ExecuteNonQueryAsync();
        var token = await ConsistencyToken.CaptureAsync(connection);
        await _watched.UntilAsync(known => known.CoverageOf(known.Find("replica1")!, token) == TokenCoverage.Covered);
    }

    private static async Task<string?> ShowAsync(NpgsqlConnection connection, string setting) =>
        (string?)await new NpgsqlCommand($"SHOW {setting}", connection).ExecuteScalarAsync();
}
