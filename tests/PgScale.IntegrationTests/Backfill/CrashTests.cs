using PgScale.Backfill;
using PgScale.Cluster;
using PgScale.IntegrationTests.Cluster;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Backfill;

/// <summary>A change that must not be applied twice, through killed processes, ended sessions and a failover.</summary>
internal sealed class CrashTests
{
    private const int Rows = 40_000;

    private PostgresCluster _cluster = null!;

    [SetUp]
    public async Task StartClusterAsync() => _cluster = await EveryVersion.StartAsync(version: null, replicas: 1);

    [TearDown]
    public async Task StopClusterAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [Test]
    public async Task Killed_processes_and_two_at_once_change_each_row_exactly_once()
    {
        await CreateAsync("killed");
        string[] servers = ["killed", .. _cluster.Servers.Select(server => server.ConnectionString)];
        for (var kill = 0; kill < 2; kill++)
        {
            using var one = ChildProcess.Start(["backfill", .. servers]);
            using var two = ChildProcess.Start(["backfill", .. servers]);
            Assert.That(await one.ReadLineAsync(), Is.EqualTo("running"));
            Assert.That(await two.ReadLineAsync(), Is.EqualTo("running"));
            var before = await ChangedAsync("killed");
            await Eventually.IsTrueAsync(async () => await ChangedAsync("killed") > before + 3_000, "rows are changed");
            await one.KillAsync();
            before = await ChangedAsync("killed");
            await Eventually.IsTrueAsync(async () => await ChangedAsync("killed") > before + 1_000, "the other one goes on");
            await two.KillAsync();
        }

        await using var filled = await Filled.StartAsync(_cluster);
        await filled.Backfill.RunAsync(BackfillOfAChild.Definition("killed"), progress: null, new() { Joins = true });
        await AssertOnceAsync("killed");
    }

    [Test]
    public async Task Sessions_that_the_server_ends_at_any_moment_change_each_row_exactly_once()
    {
        await CreateAsync("ended");
        await using var filled = await Filled.StartAsync(_cluster);
        var running = filled.Backfill.RunAsync(BackfillOfAChild.Definition("ended"), progress: null, new() { Workers = 2 });
        var ended = 0L;
        while (!running.IsCompleted && ended < 12)
        {
            ended += await _cluster.Primary.ScalarAsync<long>(
                "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity, pg_sleep(0.03) WHERE application_name LIKE 'pgscale-backfill-%') t");
        }

        Assert.That((await running).State, Is.EqualTo(BackfillState.Completed));
        Assert.That(ended, Is.GreaterThan(5));
        await AssertOnceAsync("ended");
    }

    [Test]
    public async Task Failover_in_mid_batch_changes_each_row_exactly_once()
    {
        await CreateAsync("failed_over");
        await _cluster.WaitForReplicasAsync();
        await using var filled = await Filled.StartAsync(_cluster);
        var running = filled.Backfill.RunAsync(BackfillOfAChild.Definition("failed_over"));
        await Eventually.IsTrueAsync(async () => await ChangedAsync("failed_over") > 5_000, "rows are changed");
        var old = _cluster.Primary;
        await old.KillAsync();
        await _cluster.PromoteAsync(_cluster["replica1"]);
        Assert.That((await running.WaitAsync(TimeSpan.FromSeconds(60))).State, Is.EqualTo(BackfillState.Completed));
        await AssertOnceAsync("failed_over");
    }

    [Test]
    public async Task Failover_that_takes_the_ledger_too_has_the_run_begin_anew()
    {
        await CreateAsync("forgotten");
        await _cluster.WaitForReplicasAsync();
        var replica = _cluster["replica1"];
        await using var filled = await Filled.StartAsync(_cluster);
        await replica.CutWalReceiverAsync(); // nothing of the run will ever reach the next primary
        var definition = BackfillOfAChild.Definition("forgotten");
        definition.Pace.IgnoreReplicas = ["replica1"];
        definition.Pace.MaxRowsPerSecond = 8_000;
        var running = filled.Backfill.RunAsync(definition);
        await Eventually.IsTrueAsync(async () => await ChangedAsync("forgotten") > 5_000, "rows are changed");
        await _cluster.Primary.KillAsync();
        await _cluster.PromoteAsync(replica);
        Assert.That((await running.WaitAsync(TimeSpan.FromSeconds(60))).State, Is.EqualTo(BackfillState.Completed));
        Assert.That(filled.Log.Texts, Has.Some.Contains("a failover took the beginning of backfill 'forgotten'"));
        await AssertOnceAsync("forgotten");
    }

    [Test]
    public async Task Run_that_is_forgotten_after_a_failover_does_not_begin_anew()
    {
        await CreateAsync("deleted");
        await using var filled = await Filled.StartAsync(_cluster);
        var definition = BackfillOfAChild.Definition("deleted");
        definition.Pace.MaxRowsPerSecond = 2_000;
        var running = filled.Backfill.RunAsync(definition);
        await Eventually.IsTrueAsync(async () => await ChangedAsync("deleted") > 2_000, "rows are changed");
        await _cluster.WaitForReplicasAsync();
        await _cluster.Primary.KillAsync();
        await _cluster.PromoteAsync(_cluster["replica1"]);
        await _cluster.Primary.ExecuteAsync("DELETE FROM pgscale.backfill_range; DELETE FROM pgscale.backfill");
        Assert.That(async () => await running.WaitAsync(TimeSpan.FromSeconds(60)), Throws.TypeOf<BackfillRefusedException>().Or.TypeOf<BackfillFailedException>());
        Assert.That(await _cluster.Primary.ScalarAsync<long>("SELECT max(v) FROM deleted"), Is.EqualTo(1));
    }

    [Test]
    public async Task Replica_that_stalls_holds_the_run_and_lets_it_go_when_it_has_caught_up()
    {
        await CreateAsync("stalled");
        await using var filled = await Filled.StartAsync(_cluster, options => options.Pace.MaxReplicaLag = TimeSpan.FromMilliseconds(200));
        var running = filled.Backfill.RunAsync(BackfillOfAChild.Definition("stalled"));
        await Eventually.IsTrueAsync(async () => await ChangedAsync("stalled") > 2_000, "rows are changed");
        await _cluster["replica1"].PauseReplayAsync();
        await Eventually.IsTrueAsync(async () => await filled.Backfill.GetStatusAsync("stalled") is { LimitedBy: "replica_lag" }, "it is held");
        Assert.That(running.IsCompleted, Is.False);
        await _cluster["replica1"].ResumeReplayAsync();
        Assert.That((await running.WaitAsync(TimeSpan.FromSeconds(60))).State, Is.EqualTo(BackfillState.Completed));
        await AssertOnceAsync("stalled");
    }

    [Test]
    public async Task Replica_that_is_gone_holds_the_run_until_it_is_named_as_one_to_ignore()
    {
        await CreateAsync("gone");
        await using var filled = await Filled.StartAsync(_cluster);
        await _cluster["replica1"].StopAsync();
        await Eventually.IsTrueAsync(() => filled.Monitor.Current.Find("replica1")!.Health == NodeHealth.Unreachable, "the replica is gone");
        var running = filled.Backfill.RunAsync(BackfillOfAChild.Definition("gone"));
        await Eventually.IsTrueAsync(async () => await filled.Backfill.GetStatusAsync("gone") is { LimitedBy: "replica_lag" }, "it is held");
        await filled.Backfill.SetPaceAsync("gone", new() { IgnoreReplicas = ["replica1"] });
        Assert.That((await running.WaitAsync(TimeSpan.FromSeconds(60))).State, Is.EqualTo(BackfillState.Completed));
    }

    private Task<int> CreateAsync(string table) => _cluster.Primary.ExecuteAsync(
        $"""
        CREATE TABLE {table} (id bigint PRIMARY KEY, v bigint NOT NULL);
        INSERT INTO {table} SELECT i, 0 FROM generate_series(1, {Rows}) i;
        ANALYZE {table};
        """);

    private Task<long> ChangedAsync(string table) => _cluster.Primary.ScalarAsync<long>($"SELECT count(*) FROM {table} WHERE v > 0");

    private async Task AssertOnceAsync(string table)
    {
        Assert.That(await _cluster.Primary.ScalarAsync<string>($"SELECT string_agg(DISTINCT v::text, ',') FROM {table}"), Is.EqualTo("1"));
        Assert.That(await _cluster.Primary.ScalarAsync<long>($"SELECT count(*) FROM {table}"), Is.EqualTo(Rows));
    }
}
