using PgScale.Testing;

namespace PgScale.IntegrationTests.Testing;

/// <summary>Servers that come, go and change their roles, on each version that is here.</summary>
[TestFixture(null)]
[TestFixture(16)]
[TestFixture(18)]
public sealed class PostgresTopologyTests(int? majorVersion)
{
    private PostgresCluster _cluster = null!;

    [SetUp]
    public async Task StartCluster()
    {
        await NeedsVersionAsync();
        _cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions { MajorVersion = majorVersion });
        await _cluster.Primary.ExecuteAsync("CREATE TABLE numbers (value int)");
    }

    [TearDown]
    public async Task EndCluster()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [Test]
    public async Task Replicas_are_added_cascaded_and_removed_while_the_cluster_works()
    {
        await _cluster.Primary.ExecuteAsync("INSERT INTO numbers SELECT generate_series(1, 10000)");
        PostgresServer added = await _cluster.AddReplicaAsync();
        PostgresServer cascaded = await _cluster.AddReplicaAsync("leaf", added);
        await _cluster.WaitForReplicasAsync();

        Assert.That(_cluster.Replicas.Select(replica => replica.Name), Is.EqualTo(["replica1", "replica2", "replica3", "leaf"]));
        Assert.That(await cascaded.ScalarAsync<long>("SELECT count(*) FROM numbers"), Is.EqualTo(10_000));
        Assert.That(await StreamsTo(added), Is.EqualTo("leaf"));
        Assert.That(await StreamsTo(_cluster.Primary), Does.Contain("replica3").And.Not.Contain("leaf"));

        string data = cascaded.DataDirectory;
        await _cluster.RemoveAsync(cascaded);

        Assert.That(cascaded.IsRunning, Is.False);
        Assert.That(data, Does.Not.Exist);
        Assert.That(() => _cluster["leaf"], Throws.InstanceOf<KeyNotFoundException>().With.Message.Contains("replica1"));
    }

    [Test]
    public async Task After_a_promotion_the_others_follow_and_the_old_primary_can_rejoin()
    {
        PostgresServer oldPrimary = _cluster.Primary;
        PostgresServer chosen = _cluster["replica2"];
        await oldPrimary.KillAsync();

        await _cluster.PromoteAsync(chosen);
        await chosen.ExecuteAsync("INSERT INTO numbers VALUES (1)");
        await _cluster.WaitForReplicasAsync();

        Assert.That(_cluster.Primary, Is.SameAs(chosen));
        Assert.That(_cluster.Replicas.Select(replica => replica.Name), Is.EqualTo(["replica1"]));
        Assert.That(await _cluster["replica1"].ScalarAsync<int>("SELECT value FROM numbers"), Is.EqualTo(1));
        Assert.That(await chosen.ScalarAsync<int>("SELECT timeline_id FROM pg_control_checkpoint()"), Is.LessThanOrEqualTo(2));

        await _cluster.RejoinAsync(oldPrimary);
        await chosen.ExecuteAsync("INSERT INTO numbers VALUES (2)");
        await _cluster.WaitForReplicasAsync();

        Assert.That(_cluster.Replicas.Select(replica => replica.Name), Is.EqualTo(["primary", "replica1"]));
        Assert.That(await oldPrimary.ScalarAsync<long>("SELECT sum(value) FROM numbers"), Is.EqualTo(3));
    }

    [Test]
    public async Task A_primary_that_went_on_writing_after_the_promotion_loses_those_writes_when_it_rejoins()
    {
        PostgresServer oldPrimary = _cluster.Primary;
        await _cluster.PromoteAsync(_cluster["replica1"]);
        await oldPrimary.ExecuteAsync("INSERT INTO numbers VALUES (666)");
        await _cluster.Primary.ExecuteAsync("INSERT INTO numbers VALUES (1)");
        Assert.That(await oldPrimary.ScalarAsync<bool>("SELECT pg_is_in_recovery()"), Is.False, "it is left as it is");

        await _cluster.RejoinAsync(oldPrimary);
        await _cluster.WaitForReplicasAsync();

        Assert.That(await oldPrimary.ScalarAsync<int>("SELECT value FROM numbers"), Is.EqualTo(1));
        Assert.That(await _cluster.Primary.ScalarAsync<string>("SHOW full_page_writes"), Is.EqualTo("off"), "changed for pg_rewind only");
    }

    [Test]
    public async Task A_replica_that_is_ahead_of_the_promoted_one_follows_it_all_the_same()
    {
        PostgresServer behind = _cluster["replica1"];
        PostgresServer ahead = _cluster["replica2"];
        await behind.CutWalReceiverAsync();
        await _cluster.Primary.ExecuteAsync("INSERT INTO numbers VALUES (666)");
        await Eventually.IsTrueAsync(async () => await ahead.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM numbers)"), "it has the row");
        await _cluster.Primary.KillAsync();

        await _cluster.PromoteAsync(behind);
        await behind.ExecuteAsync("INSERT INTO numbers VALUES (1)");
        await _cluster.WaitForReplicasAsync();

        Assert.That(await ahead.ScalarAsync<int>("SELECT value FROM numbers"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_server_promoted_by_itself_makes_a_second_primary()
    {
        PostgresServer rebel = _cluster["replica1"];

        await rebel.PromoteAsync();
        await rebel.ExecuteAsync("INSERT INTO numbers VALUES (1)");

        Assert.That(_cluster.Primary.Name, Is.EqualTo("primary"));
        Assert.That(await _cluster.Primary.ScalarAsync<bool>("SELECT pg_is_in_recovery()"), Is.False);
        Assert.That(_cluster.Replicas.Select(replica => replica.Name), Is.EqualTo(["replica2"]));
    }

    [Test]
    public void The_primary_is_neither_removed_nor_promoted_nor_rejoined()
    {
        Assert.That(async () => await _cluster.RemoveAsync(_cluster.Primary), Throws.InvalidOperationException);
        Assert.That(async () => await _cluster.PromoteAsync(_cluster.Primary), Throws.InvalidOperationException);
        Assert.That(async () => await _cluster.RejoinAsync(_cluster.Primary), Throws.InvalidOperationException);
        Assert.That(async () => await _cluster.AddReplicaAsync("replica1"), Throws.ArgumentException);
        Assert.That(async () => await _cluster.AddReplicaAsync("../x"), Throws.ArgumentException);
    }

    private static Task<string?> StreamsTo(PostgresServer server) =>
        server.ScalarAsync<string>("SELECT string_agg(application_name, ',' ORDER BY application_name) FROM pg_stat_replication");

    /// <summary>The extra versions are a bonus of machines that have them; their absence fails nothing, also on CI.</summary>
    private async Task NeedsVersionAsync()
    {
        if (majorVersion is null)
        {
            await Needs.ServersAsync(TestServerKinds.Postgres);
            return;
        }

        try
        {
            await PostgresInstallation.FindAsync(majorVersion);
        }
        catch (PostgresNotFoundException missing)
        {
            Assert.Ignore(missing.Message);
        }
    }
}
