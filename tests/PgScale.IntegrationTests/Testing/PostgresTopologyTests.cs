using PgScale.Testing;

namespace PgScale.IntegrationTests.Testing;

/// <summary>Servers that come, go and change their roles.</summary>
public sealed class PostgresTopologyTests
{
    private PostgresCluster? _cluster;

    [OneTimeSetUp]
    public Task RequirePostgres() => Needs.ServersAsync(TestServerKinds.Postgres);

    [TearDown]
    public async Task EndCluster()
    {
        if (_cluster is not null)
        {
            await ServerLogs.WriteIfFailedAsync(_cluster);
            await _cluster.DisposeAsync();
        }
    }

    [Test]
    public async Task Replicas_are_added_cascaded_and_removed_while_the_cluster_works()
    {
        PostgresCluster cluster = await StartAsync(replicas: 0);
        await cluster.Primary.ExecuteAsync("INSERT INTO numbers SELECT generate_series(1, 10000)");
        PostgresServer added = await cluster.AddReplicaAsync();
        PostgresServer cascaded = await cluster.AddReplicaAsync("leaf", added);
        await cluster.WaitForReplicasAsync();

        Assert.That(cluster.Replicas.Select(replica => replica.Name), Is.EqualTo(["replica1", "leaf"]));
        Assert.That(await cascaded.ScalarAsync<long>("SELECT count(*) FROM numbers"), Is.EqualTo(10_000));
        Assert.That(await StreamsTo(added), Is.EqualTo("leaf"));
        Assert.That(await StreamsTo(cluster.Primary), Is.EqualTo("replica1"));

        var data = cascaded.DataDirectory;
        await cluster.RemoveAsync(cascaded);

        Assert.That(cascaded.IsRunning, Is.False);
        Assert.That(data, Does.Not.Exist);
        Assert.That(() => cluster["leaf"], Throws.InstanceOf<KeyNotFoundException>().With.Message.Contains("replica1"));
    }

    [Test]
    public async Task A_replica_is_added_while_the_primary_is_written_to()
    {
        PostgresCluster cluster = await StartAsync(replicas: 0);
        using CancellationTokenSource end = new();
        Task writing = WriteUntilAsync(cluster.Primary, end.Token);

        PostgresServer added = await cluster.AddReplicaAsync();
        await end.CancelAsync();
        await writing;
        await cluster.WaitForReplicasAsync();

        const string Fingerprint = "SELECT md5(string_agg(value::text, ',' ORDER BY value)) FROM numbers";
        Assert.That(await added.ScalarAsync<string>(Fingerprint), Is.EqualTo(await cluster.Primary.ScalarAsync<string>(Fingerprint)).And.Not.Null);
    }

    [Test]
    public async Task After_a_promotion_the_others_follow_and_the_old_primary_can_rejoin()
    {
        PostgresCluster cluster = await StartAsync(replicas: 2);
        PostgresServer oldPrimary = cluster.Primary;
        PostgresServer chosen = cluster["replica2"];
        await oldPrimary.KillAsync();

        await cluster.PromoteAsync(chosen);
        await chosen.ExecuteAsync("INSERT INTO numbers VALUES (1)");
        await cluster.WaitForReplicasAsync();

        Assert.That(cluster.Primary, Is.SameAs(chosen));
        Assert.That(cluster.Replicas.Select(replica => replica.Name), Is.EqualTo(["replica1"]));
        Assert.That(await cluster["replica1"].ScalarAsync<int>("SELECT value FROM numbers"), Is.EqualTo(1));

        await cluster.RejoinAsync(oldPrimary);
        await chosen.ExecuteAsync("INSERT INTO numbers VALUES (2)");
        await cluster.WaitForReplicasAsync();

        Assert.That(cluster.Replicas.Select(replica => replica.Name), Is.EqualTo(["primary", "replica1"]));
        Assert.That(await oldPrimary.ScalarAsync<long>("SELECT sum(value) FROM numbers"), Is.EqualTo(3));
    }

    [Test]
    public async Task A_primary_that_went_on_writing_after_the_promotion_loses_those_writes_when_it_rejoins()
    {
        PostgresCluster cluster = await StartAsync(replicas: 1);
        PostgresServer oldPrimary = cluster.Primary;
        await cluster.PromoteAsync(cluster["replica1"]);
        await oldPrimary.ExecuteAsync("INSERT INTO numbers VALUES (666)");
        await cluster.Primary.ExecuteAsync("INSERT INTO numbers VALUES (1)");
        Assert.That(await oldPrimary.ScalarAsync<bool>("SELECT pg_is_in_recovery()"), Is.False, "it is left as it is");

        await cluster.RejoinAsync(oldPrimary);
        await cluster.WaitForReplicasAsync();

        Assert.That(await oldPrimary.ScalarAsync<int>("SELECT value FROM numbers"), Is.EqualTo(1));
        Assert.That(await cluster.Primary.ScalarAsync<string>("SHOW full_page_writes"), Is.EqualTo("off"), "changed for pg_rewind only");
    }

    [Test]
    public async Task A_replica_that_is_ahead_of_the_promoted_one_follows_it_all_the_same()
    {
        PostgresCluster cluster = await StartAsync(replicas: 2);
        PostgresServer behind = cluster["replica1"];
        PostgresServer ahead = cluster["replica2"];
        await behind.CutWalReceiverAsync();
        await cluster.Primary.ExecuteAsync("INSERT INTO numbers VALUES (666)");
        await Eventually.IsTrueAsync(async () => await ahead.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM numbers)"), "it has the row");
        await cluster.Primary.KillAsync();

        await cluster.PromoteAsync(behind);
        await behind.ExecuteAsync("INSERT INTO numbers VALUES (1)");
        await cluster.WaitForReplicasAsync();

        Assert.That(await ahead.ScalarAsync<int>("SELECT value FROM numbers"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_server_promoted_by_itself_makes_a_second_primary()
    {
        PostgresCluster cluster = await StartAsync(replicas: 1);
        PostgresServer rebel = cluster["replica1"];

        await rebel.PromoteAsync();
        await rebel.ExecuteAsync("INSERT INTO numbers VALUES (1)");

        Assert.That(cluster.Primary.Name, Is.EqualTo("primary"));
        Assert.That(await cluster.Primary.ScalarAsync<bool>("SELECT pg_is_in_recovery()"), Is.False);
        Assert.That(cluster.Replicas, Is.Empty);
    }

    private static Task<string?> StreamsTo(PostgresServer server) =>
        server.ScalarAsync<string>("SELECT string_agg(application_name, ',' ORDER BY application_name) FROM pg_stat_replication");

    private static async Task WriteUntilAsync(PostgresServer primary, CancellationToken end)
    {
        for (var batch = 0; !end.IsCancellationRequested; batch++)
        {
            await primary.ExecuteAsync($"INSERT INTO numbers SELECT {batch} * 1000 + generate_series(1, 1000)", CancellationToken.None);
        }
    }

    private async Task<PostgresCluster> StartAsync(int replicas)
    {
        _cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions { Replicas = replicas });
        await _cluster.Primary.ExecuteAsync("CREATE TABLE numbers (value int)");
        await _cluster.WaitForReplicasAsync();
        return _cluster;
    }
}
