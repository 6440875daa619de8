using Npgsql;
using PgScale.Ddl;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>Who stands in the way is named, and is touched only as the policy says.</summary>
public sealed class BlockerTests
{
    private PostgresCluster _cluster = null!;

    [OneTimeSetUp]
    public async Task StartCluster()
    {
        await Needs.ServersAsync(TestServerKinds.Postgres);
        _cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions { Replicas = 0, Settings = { ["autovacuum_naptime"] = "1s" } });
    }

    [OneTimeTearDown]
    public async Task EndCluster()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [SetUp]
    public Task MakeTable() => _cluster.Primary.ExecuteAsync("DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, b bigint) WITH (autovacuum_enabled = off); INSERT INTO t SELECT i, 0 FROM generate_series(1, 100) i");

    [Test]
    public async Task Whoever_is_in_the_way_for_too_long_is_named_without_the_values_of_its_statement()
    {
        await using var executed = await Executed.StartAsync(_cluster, options => options.LockPatience = TimeSpan.FromMilliseconds(300));
        await using var holder = await HoldAsync("SELECT 'secret', id FROM t WHERE id = 42", "reports");

        var failure = Assert.ThrowsAsync<DdlException>(() => executed.Ddl.ExecuteAsync(Plans.AddColumn("t", "c")));

        var blocker = failure!.Blockers.Single();
        Assert.That(failure.Failure, Is.EqualTo(DdlFailure.Blocked));
        Assert.That((blocker.Pid, blocker.Application, blocker.Node), Is.EqualTo((holder.ProcessID, "reports", "primary")));
        Assert.That(blocker.Query, Is.EqualTo("SELECT ?, id FROM t WHERE id = ?"));
        Assert.That(failure.Message, Does.Not.Contain("secret").And.Contains($"pid {holder.ProcessID}").And.Contains("LockPatience"));
        var run = (await executed.Ddl.GetHistoryAsync(1)).Single();
        Assert.That((run.Outcome, run.Steps.Single().Blockers.Single().Pid), Is.EqualTo((DdlOutcome.Failed, holder.ProcessID)));
    }

    [Test]
    public async Task The_policy_to_report_stops_at_once()
    {
        await using var executed = await Executed.StartAsync(_cluster, options =>
            options.Policy = new() { Blockers = new() { Action = DdlBlockerAction.Report, OlderThan = TimeSpan.FromMilliseconds(100) } });
        await using var holder = await HoldAsync("SELECT FROM t");

        var failure = Assert.ThrowsAsync<DdlException>(() => executed.Ddl.ExecuteAsync(Plans.AddColumn("t", "c")));

        Assert.That(failure!.Blockers.Single().Pid, Is.EqualTo(holder.ProcessID));
    }

    [Test]
    public async Task The_policy_to_end_ends_those_who_may_be_ended()
    {
        await using var executed = await Executed.StartAsync(_cluster, options =>
            options.Policy = new() { Blockers = new() { Action = DdlBlockerAction.Terminate, OlderThan = TimeSpan.FromMilliseconds(100), Applications = ["reports"] } });
        await using var holder = await HoldAsync("SELECT FROM t", "reports");

        await executed.Ddl.ExecuteAsync(Plans.AddColumn("t", "c"));

        Assert.That(async () => await Executed.ExecuteAsync(holder, "SELECT 1"), Throws.InstanceOf<NpgsqlException>());
    }

    [Test]
    public async Task The_policy_to_cancel_cancels_a_statement()
    {
        await using var executed = await Executed.StartAsync(_cluster, options =>
            options.Policy = new() { Blockers = new() { Action = DdlBlockerAction.Cancel, OlderThan = TimeSpan.FromMilliseconds(100), AnyApplication = true } });
        await using var holder = await OpenAsync("");
        var query = Executed.ExecuteAsync(holder, "SELECT pg_sleep(60) FROM t");
        await Eventually.IsTrueAsync(() => IsHeldAsync(), "the query runs");

        await executed.Ddl.ExecuteAsync(Plans.AddColumn("t", "c"));

        Assert.That(async () => await query, Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo(PostgresErrorCodes.QueryCanceled));
    }

    [TestCase("other")]
    [TestCase("pg_dump")]
    public async Task Others_and_backups_are_not_touched(string application)
    {
        await using var executed = await Executed.StartAsync(_cluster, options =>
        {
            options.LockPatience = TimeSpan.FromMilliseconds(400);
            options.Policy = new()
            {
                Blockers = new() { Action = DdlBlockerAction.Terminate, OlderThan = TimeSpan.FromMilliseconds(50), AnyApplication = application == "pg_dump", Applications = ["reports"] },
            };
        });
        await using var holder = await HoldAsync("SELECT FROM t", application);

        Assert.ThrowsAsync<DdlException>(() => executed.Ddl.ExecuteAsync(Plans.AddColumn("t", "c")));

        await Executed.ExecuteAsync(holder, "SELECT 1");
    }

    [Test]
    public async Task A_plain_autovacuum_gives_way_and_no_client_waits_for_it()
    {
        await _cluster.Primary.ExecuteAsync("""
            INSERT INTO t SELECT i, 0 FROM generate_series(101, 100000) i; DELETE FROM t WHERE id > 100 AND id % 2 = 0;
            ALTER TABLE t SET (autovacuum_enabled = on, autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)
            """);
        await Eventually.IsTrueAsync(
            async () => await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.relation = 't'::regclass AND a.backend_type = 'autovacuum worker'") > 0,
            "an autovacuum is at work on the table",
            30);
        await using var executed = await Executed.StartAsync(_cluster, options => options.Policy = new() { Blockers = new() { AutovacuumAfter = TimeSpan.FromMilliseconds(200) } });
        await _cluster.Primary.ExecuteAsync("DROP TABLE IF EXISTS control; CREATE TABLE control AS SELECT i AS id, 0::bigint AS b FROM generate_series(1, 10) i");
        await using var load = ForegroundLoad.Start(_cluster.Primary.ConnectionString, "t", 2);
        await using var control = ForegroundLoad.Start(_cluster.Primary.ConnectionString, "control", 2); // what the machine alone costs

        var run = await executed.Ddl.ExecuteAsync(Plans.AddColumn("t", "c"));

        await TestContext.Out.WriteLineAsync($"waited {run.Steps[0].Waited}, longest stall {load.Longest.TotalMilliseconds:0} ms");
        Assert.That(run.Steps[0].Blockers.Select(blocker => blocker.Kind), Does.Contain(DdlBlockerKind.Autovacuum));
        Assert.That(run.Steps[0].Waited, Is.LessThan(TimeSpan.FromSeconds(4)), "0.2 s of patience and deadlock_timeout");
        Assert.That(load.Longest - control.Longest, Is.LessThan(TimeSpan.FromMilliseconds(500)), "nobody waits for deadlock_timeout, which is a second");
    }

    [Test]
    public async Task A_prepared_transaction_is_named()
    {
        if (await _cluster.Primary.ScalarAsync<string>("SHOW max_prepared_transactions") == "0")
        {
            await _cluster.Primary.ConfigureAsync("max_prepared_transactions", "2");
            await _cluster.Primary.RestartAsync();
        }

        await using var connection = await _cluster.Primary.OpenConnectionAsync();
        await Executed.ExecuteAsync(connection, "BEGIN; UPDATE t SET b = 1 WHERE id = 1; PREPARE TRANSACTION 'order 1'");
        await using var executed = await Executed.StartAsync(_cluster, options => options.LockPatience = TimeSpan.FromMilliseconds(200));

        var failure = Assert.ThrowsAsync<DdlException>(() => executed.Ddl.ExecuteAsync(Plans.AddColumn("t", "c")));

        await Executed.ExecuteAsync(connection, "ROLLBACK PREPARED 'order 1'");
        Assert.That(failure!.Blockers.Select(blocker => (blocker.Kind, blocker.Application)), Does.Contain((DdlBlockerKind.PreparedTransaction, "order 1")));
    }

    private async Task<NpgsqlConnection> HoldAsync(string sql, string application = "")
    {
        var connection = await OpenAsync(application);
        await Executed.ExecuteAsync(connection, "BEGIN");
        await Executed.ExecuteAsync(connection, sql);
        return connection;
    }

    private async Task<NpgsqlConnection> OpenAsync(string application)
    {
        var connection = new NpgsqlConnection(_cluster.Primary.GetConnectionString(configure: builder => (builder.ApplicationName, builder.Pooling) = (application, false)));
        await connection.OpenAsync();
        return connection;
    }

    private async Task<bool> IsHeldAsync() =>
        await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass") > 0;
}
