using PgScale.Cluster;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Cluster;

/// <summary>Tokens on real servers: a replica that covers one really holds the write.</summary>
[TestFixtureSource(typeof(EveryVersion), nameof(EveryVersion.All))]
internal sealed class TokenTests(int? version)
{
    private PostgresCluster _cluster = null!;
    private Watched _watched = null!;

    [OneTimeSetUp]
    public async Task StartClusterAsync()
    {
        _cluster = await EveryVersion.StartAsync(version);
        await _cluster.Primary.ExecuteAsync("CREATE TABLE token_test (id int PRIMARY KEY)");
        _watched = await Watched.StartAsync(_cluster, options => options.Probe.Interval = options.Probe.HeartbeatInterval = TimeSpan.FromMilliseconds(100));
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
    public async Task Token_taken_on_a_page_header_of_an_idle_primary_is_satisfied()
    {
        await using var connection = await _cluster.Primary.OpenConnectionAsync();
        await _cluster.Primary.ExecuteAsync("SELECT pg_switch_wal()");
        var raw = await _cluster.Primary.ScalarAsync<NpgsqlTypes.NpgsqlLogSequenceNumber>("SELECT pg_current_wal_insert_lsn()");
        var token = await ConsistencyToken.CaptureAsync(connection);
        Assert.That((ulong)raw % 8192, Is.InRange(1UL, 40UL), "the insert position should stand in a page header for this test");
        var snapshot = await _watched.UntilAsync(known => known.CoverageOf(known.Find("replica1")!, token) == TokenCoverage.Covered, TimeSpan.FromSeconds(5));
        Assert.That(snapshot.CoverageOf(snapshot.Primary!, token), Is.EqualTo(TokenCoverage.Covered));
    }

    [Test]
    public async Task Server_that_covers_a_token_shows_its_write()
    {
        for (var id = 1; id <= 20; id++)
        {
            var token = await WriteAsync(id);
            var snapshot = await _watched.UntilAsync(known => known.Replicas.Any(node => known.CoverageOf(node, token) == TokenCoverage.Covered));
            foreach (var node in snapshot.Replicas.Where(node => snapshot.CoverageOf(node, token) == TokenCoverage.Covered))
            {
                Assert.That(await _cluster[node.Name].ScalarAsync<long>($"SELECT count(*) FROM token_test WHERE id = {id}"), Is.EqualTo(1), node.Name);
            }
        }
    }

    [Test]
    public async Task Paused_replica_does_not_cover_a_token_and_the_primary_does()
    {
        await _cluster["replica1"].PauseReplayAsync();
        try
        {
            var token = await WriteAsync(1000);
            var seen = _watched.Current.Version + 6;
            var snapshot = await _watched.UntilAsync(known => known.Version > seen && known.CoverageOf(known.Find("replica2")!, token) == TokenCoverage.Covered);
            Assert.That(snapshot.CoverageOf(snapshot.Find("replica1")!, token), Is.EqualTo(TokenCoverage.NotYet));
            Assert.That(snapshot.CoverageOf(snapshot.Primary!, token), Is.EqualTo(TokenCoverage.Covered));
        }
        finally
        {
            await _cluster["replica1"].ResumeReplayAsync();
        }
    }

    [Test]
    public async Task Token_of_another_cluster_is_refused_by_name()
    {
        await using var other = await EveryVersion.StartAsync(version, replicas: 0);
        await using var connection = await other.Primary.OpenConnectionAsync();
        var foreign = await ConsistencyToken.CaptureAsync(connection);
        var own = await WriteAsync(2000);
        Assert.That(_watched.Current.CoverageOf(_watched.Current.Primary!, foreign), Is.EqualTo(TokenCoverage.Foreign));
        Assert.That(() => own.CompareTo(foreign), Throws.ArgumentException.With.Message.Contains($"{foreign.SystemIdentifier}"));
    }

    [Test]
    public async Task Token_cannot_be_taken_on_a_replica()
    {
        await using var connection = await _cluster["replica1"].OpenConnectionAsync();
        Assert.That(async () => await ConsistencyToken.CaptureAsync(connection), Throws.InstanceOf<Npgsql.PostgresException>().With.Property("SqlState").EqualTo("55000"));
    }

    private async Task<ConsistencyToken> WriteAsync(int id)
    {
        await using var connection = await _cluster.Primary.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "INSERT INTO token_test VALUES ($1)";
        command.Parameters.Add(new() { Value = id });
        await command.ExecuteNonQueryAsync();
        return await ConsistencyToken.CaptureAsync(connection);
    }
}
