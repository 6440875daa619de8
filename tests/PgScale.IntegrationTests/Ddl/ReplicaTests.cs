using Npgsql;
using PgScale.Ddl;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>A lock that the primary has in a millisecond may stall or kill readers of replicas, so replicas are looked at too.</summary>
public sealed class ReplicaTests
{
    private PostgresCluster _cluster = null!;

    [OneTimeSetUp]
    public async Task StartCluster()
    {
        await Needs.ServersAsync(TestServerKinds.Postgres);
        _cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions { Replicas = 1, Settings = { ["max_standby_streaming_delay"] = "300ms", ["hot_standby_feedback"] = "on" } });
        await _cluster.Primary.ExecuteAsync("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)");
        await _cluster.WaitForReplicasAsync();
    }

    [OneTimeTearDown]
    public async Task EndCluster()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [Test]
    public async Task A_long_query_on_a_replica_is_waited_for()
    {
        await using var executed = await Executed.StartAsync(_cluster);
        var query = ReadSlowlyAsync();
        await Eventually.IsTrueAsync(IsReadAsync, "the query runs on the replica");

        var run = await executed.Ddl.ExecuteAsync(Plans.AddColumn("t", "watched"));

        Assert.That(async () => await query, Throws.Nothing);
        Assert.That(run.Steps[0].Blockers.Select(blocker => blocker.Node), Is.All.EqualTo("replica1").And.Not.Empty);
    }

    [Test]
    public async Task Without_looking_there_the_query_is_cancelled()
    {
        await using var executed = await Executed.StartAsync(_cluster, options => options.WatchReplicas = false);
        var query = ReadSlowlyAsync();
        await Eventually.IsTrueAsync(IsReadAsync, "the query runs on the replica");

        await executed.Ddl.ExecuteAsync(Plans.AddColumn("t", "unwatched"));

        Assert.That(async () => await query, Throws.InstanceOf<PostgresException>());
    }

    [Test]
    public async Task A_replica_that_is_behind_is_waited_for_and_named()
    {
        await using var executed = await Executed.StartAsync(_cluster, options => options.LockPatience = TimeSpan.FromMilliseconds(500));
        await _cluster["replica1"].PauseReplayAsync();
        await _cluster.Primary.ExecuteAsync("INSERT INTO t VALUES (2)");
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await executed.Monitor.WaitForAsync(snapshot => snapshot.Find("replica1")!.Lag.Time > TimeSpan.FromSeconds(1), deadline.Token);

        var failure = Assert.ThrowsAsync<DdlException>(() => executed.Ddl.ExecuteAsync(Plans.AddColumn("t", "late")));

        await _cluster["replica1"].ResumeReplayAsync();
        Assert.That(failure!.Message, Does.Contain("replica1").And.Contains("MaxReplicaLag"));
    }

    private async Task ReadSlowlyAsync()
    {
        await using var connection = await _cluster["replica1"].OpenConnectionAsync();
        await Executed.ExecuteAsync(connection, "SELECT pg_sleep(2) FROM t WHERE id = 1");
    }

    private async Task<bool> IsReadAsync() => await _cluster["replica1"].ScalarAsync<long>(
        "SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass AND pid IN (SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%')") > 0;
}
