using System.Diagnostics;
using Npgsql;
using PgScale.Testing;
using PgScale.Testing.Processes;

namespace PgScale.IntegrationTests.Testing;

/// <summary>Each fault as a client sees it. The cluster is shared: every test leaves it as it was.</summary>
public sealed class PostgresFaultTests
{
    private PostgresCluster _cluster = null!;

    private PostgresServer Primary => _cluster.Primary;

    private PostgresServer Replica => _cluster["replica1"];

    [OneTimeSetUp]
    public async Task StartCluster()
    {
        await Needs.ServersAsync(TestServerKinds.Postgres);
        _cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions { Replicas = 1 });
        await Primary.ExecuteAsync("CREATE TABLE numbers (value int)");
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
    public async Task Heal()
    {
        await ServerLogs.WriteIfFailedAsync(_cluster);
        await _cluster.WaitForReplicasAsync();
    }

    [Test]
    public async Task A_killed_server_cuts_its_clients_refuses_new_ones_and_comes_back_on_its_port()
    {
        await using NpgsqlConnection open = await Replica.OpenConnectionAsync();
        var port = Replica.Port;
        int[] processes = [Replica.ProcessId, .. ProcessTree.ChildrenOf(Replica.ProcessId)];

        await Replica.KillAsync();

        Assert.That(Replica.IsRunning, Is.False);
        Assert.That(processes, Has.None.Matches<int>(ProcessTree.IsAlive));
        Assert.That(async () => await SelectOneAsync(open), Throws.InstanceOf<NpgsqlException>());
        Assert.That(async () => await Replica.OpenConnectionAsync(), Throws.InstanceOf<NpgsqlException>());

        await Replica.StartAsync();

        Assert.That(Replica.Port, Is.EqualTo(port));
        Assert.That(await Replica.ScalarAsync<bool>("SELECT pg_is_in_recovery()"), Is.True);
    }

    [Test]
    public async Task A_killed_primary_keeps_what_was_committed()
    {
        await Primary.ExecuteAsync("INSERT INTO numbers VALUES (41)");

        await Primary.KillAsync();
        await Primary.StartAsync();

        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM numbers WHERE value = 41"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_frozen_server_accepts_connections_and_answers_nobody_until_it_is_thawed()
    {
        await using NpgsqlConnection open = await Replica.OpenConnectionAsync();
        await Replica.FreezeAsync();

        Task<int> answer = SelectOneAsync(open);
        var hasty = Replica.GetConnectionString(configure: builder => (builder.Timeout, builder.Pooling) = (1, false));
        await using NpgsqlConnection late = new(hasty);

        Assert.That(async () => await late.OpenAsync(), Throws.InstanceOf<NpgsqlException>().With.InnerException.InstanceOf<TimeoutException>());
        Assert.That(answer.IsCompleted, Is.False);
        Assert.That(Replica.IsFrozen, Is.True);
        Assert.That(Replica.IsRunning, Is.True);

        await Replica.ThawAsync();

        Assert.That(await answer.WaitAsync(TimeSpan.FromSeconds(10)), Is.EqualTo(1));
        Assert.That(Replica.IsFrozen, Is.False);
    }

    [Test]
    public async Task A_frozen_server_can_be_killed_and_started()
    {
        await Replica.FreezeAsync();
        await Replica.KillAsync();
        await Replica.StartAsync();

        Assert.That(await Replica.ScalarAsync<int>("SELECT 1"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_frozen_server_does_not_pretend_to_read_new_settings()
    {
        await Replica.FreezeAsync();

        Assert.That(async () => await Replica.CutWalReceiverAsync(), Throws.InvalidOperationException.With.Message.Contains("thaw it first"));

        await Replica.ThawAsync();
    }

    [TestCase(PostgresShutdown.Fast)]
    [TestCase(PostgresShutdown.Immediate)]
    public async Task A_stop_ends_sessions(PostgresShutdown mode)
    {
        await using NpgsqlConnection open = await Replica.OpenConnectionAsync();

        await Replica.StopAsync(mode);

        Assert.That(Replica.IsRunning, Is.False);
        Assert.That(async () => await SelectOneAsync(open), Throws.InstanceOf<NpgsqlException>());
        await Replica.StartAsync();
    }

    [Test]
    public async Task A_smart_stop_waits_for_sessions()
    {
        NpgsqlConnection open = await Replica.OpenConnectionAsync();
        Task stop = Replica.StopAsync(PostgresShutdown.Smart);
        // From now on new sessions are refused, so the server has understood.
        await Eventually.IsTrueAsync(async () => !await AcceptsAsync(Replica), "new sessions are refused");

        Assert.That(stop.IsCompleted, Is.False);
        Assert.That(await SelectOneAsync(open), Is.EqualTo(1));
        await open.DisposeAsync();
        await stop.WaitAsync(TimeSpan.FromSeconds(10));
        await Replica.StartAsync();
    }

    [Test]
    public async Task A_stopped_replica_catches_up_when_it_comes_back()
    {
        await Replica.StopAsync();
        await Primary.ExecuteAsync("INSERT INTO numbers VALUES (42)");
        await Primary.ExecuteAsync("SELECT pg_switch_wal()");
        await Primary.ExecuteAsync("CHECKPOINT");

        await Replica.StartAsync();
        await _cluster.WaitForReplicasAsync();

        Assert.That(await Replica.ScalarAsync<long>("SELECT count(*) FROM numbers WHERE value = 42"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_replica_with_paused_replay_receives_but_shows_nothing_new()
    {
        await Replica.PauseReplayAsync();
        await Primary.ExecuteAsync("INSERT INTO numbers VALUES (1)");
        var written = (await Primary.ScalarAsync<string>("SELECT pg_current_wal_flush_lsn()::text"))!;

        await Eventually.IsTrueAsync(
            async () => await Replica.ScalarAsync<bool>($"SELECT pg_last_wal_receive_lsn() >= '{written}'::pg_lsn"), "the replica has received all");
        Assert.That(await Replica.ScalarAsync<long>("SELECT count(*) FROM numbers WHERE value = 1"), Is.Zero);

        await Replica.ResumeReplayAsync();
        await _cluster.WaitForReplicasAsync();

        Assert.That(await Replica.ScalarAsync<long>("SELECT count(*) FROM numbers WHERE value = 1"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_delayed_replica_shows_a_commit_that_much_later()
    {
        TimeSpan delay = TimeSpan.FromMilliseconds(800);
        await Replica.SetReplayDelayAsync(delay);
        var committed = Stopwatch.GetTimestamp();
        await Primary.ExecuteAsync("INSERT INTO numbers VALUES (2)");

        await Eventually.IsTrueAsync(
            async () => await Replica.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM numbers WHERE value = 2)"), "the commit is seen");
        TimeSpan seenAfter = Stopwatch.GetElapsedTime(committed);
        await Replica.SetReplayDelayAsync(TimeSpan.Zero);

        Assert.That(seenAfter, Is.GreaterThan(delay));
        Assert.That(await Replica.ScalarAsync<string>("SHOW recovery_min_apply_delay"), Is.EqualTo("0"));
    }

    [Test]
    public async Task A_cut_WAL_receiver_stays_away_while_the_replica_serves_old_data()
    {
        await Replica.CutWalReceiverAsync();
        await Primary.ExecuteAsync("INSERT INTO numbers VALUES (3)");

        Assert.That(await Replica.ScalarAsync<long>("SELECT count(*) FROM pg_stat_wal_receiver"), Is.Zero);
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM pg_stat_replication"), Is.Zero);
        Assert.That(await Replica.ScalarAsync<long>("SELECT count(*) FROM numbers WHERE value = 3"), Is.Zero);

        await Replica.RestoreWalReceiverAsync();
        await _cluster.WaitForReplicasAsync();

        Assert.That(await Replica.ScalarAsync<long>("SELECT count(*) FROM numbers WHERE value = 3"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_WAL_receiver_is_cut_also_while_replay_is_paused_and_stays_cut_over_a_restart()
    {
        await Replica.PauseReplayAsync();
        await Replica.CutWalReceiverAsync();
        await Replica.RestartAsync();

        Assert.That(await Replica.ScalarAsync<long>("SELECT count(*) FROM pg_stat_wal_receiver"), Is.Zero);

        await Replica.RestoreWalReceiverAsync();
    }

    [Test]
    public async Task A_setting_is_in_force_when_the_call_returns()
    {
        await Primary.ConfigureAsync("work_mem", "9MB");
        Assert.That(await Primary.ScalarAsync<string>("SHOW work_mem"), Is.EqualTo("9MB"));

        await Primary.ConfigureAsync("work_mem", null);
        Assert.That(await Primary.ScalarAsync<string>("SHOW work_mem"), Is.EqualTo("4MB"));
    }

    [Test]
    public async Task The_log_tells_what_the_server_said()
    {
        Assert.That(async () => await Primary.ExecuteAsync("SELECT 1 FROM no_such_table"), Throws.InstanceOf<PostgresException>());

        await Eventually.IsTrueAsync(
            async () => (await Primary.ReadLogAsync()).Contains("relation \"no_such_table\" does not exist", StringComparison.Ordinal), "the log has the error");
    }

    private static async Task<int> SelectOneAsync(NpgsqlConnection connection)
    {
        await using NpgsqlCommand command = new("SELECT 1", connection);
        return (int)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<bool> AcceptsAsync(PostgresServer server)
    {
        try
        {
            await using NpgsqlConnection connection = await server.OpenConnectionAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
