using System.Diagnostics;
using PgScale.Ddl;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>Strong locks are taken while others work, and nobody notices.</summary>
public sealed class LockTakingTests
{
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(1.6);
    private static readonly TimeSpan Free = TimeSpan.FromSeconds(0.4);

    private PostgresCluster _cluster = null!;
    private Executed _executed = null!;

    [OneTimeSetUp]
    public async Task StartCluster()
    {
        await Needs.ServersAsync(TestServerKinds.Postgres);
        _cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions { Replicas = 0 });
        _executed = await Executed.StartAsync(_cluster);
    }

    [OneTimeTearDown]
    public async Task EndCluster()
    {
        if (_cluster is not null)
        {
            await _executed.DisposeAsync();
            await _cluster.DisposeAsync();
        }
    }

    [SetUp]
    public Task MakeTables() => _cluster.Primary.ExecuteAsync("""
        DROP TABLE IF EXISTS child, busy, control;
        CREATE TABLE busy (id int PRIMARY KEY, b bigint); CREATE TABLE control (LIKE busy INCLUDING ALL); CREATE TABLE child (id int PRIMARY KEY, busy int);
        INSERT INTO busy SELECT i, 0 FROM generate_series(1, 8) i; INSERT INTO control SELECT * FROM busy
        """);

    [Test]
    public async Task Clients_stall_for_no_more_than_100_ms_while_a_long_transaction_holds_the_table_most_of_the_time()
    {
        using var stopping = new CancellationTokenSource();
        var holder = HoldAndFreeAsync(stopping.Token);
        await Eventually.IsTrueAsync(() => IsHeldAsync(), "the long transaction holds the table");
        TimeSpan took, stall, noise;
        await using (var load = ForegroundLoad.Start(_cluster.Primary.ConnectionString, "busy", 4))
        await using (var control = ForegroundLoad.Start(_cluster.Primary.ConnectionString, "control", 4)) // what the machine alone costs
        {
            var start = Stopwatch.GetTimestamp();
            await _executed.Ddl.ExecuteAsync(Plans.AddColumn("busy", "c"));
            (took, stall, noise) = (Stopwatch.GetElapsedTime(start), load.Longest, control.Longest);
        }

        await stopping.CancelAsync();
        await holder;
        await TestContext.Out.WriteLineAsync($"took {took.TotalMilliseconds:0} ms, longest stall {stall.TotalMilliseconds:0} ms, on a table without change {noise.TotalMilliseconds:0} ms");
        Assert.That(stall - noise, Is.LessThan(TimeSpan.FromMilliseconds(100)));
        Assert.That(took, Is.LessThan(Hold + Free + TimeSpan.FromSeconds(1)));
    }

    [Test]
    public async Task Both_tables_of_a_foreign_key_are_locked_within_one_limit()
    {
        const string sql = "ALTER TABLE child ADD FOREIGN KEY (busy) REFERENCES busy NOT VALID";
        DdlLock[] locks = [new("child", DdlLockMode.ShareRowExclusive), new("busy", DdlLockMode.ShareRowExclusive)];
        await using var load = ForegroundLoad.Start(_cluster.Primary.ConnectionString, "busy", 4);

        var run = await _executed.Ddl.ExecuteAsync(Plans.Of(sql, Plans.Transaction(sql, locks)));

        Assert.That(run.Outcome, Is.EqualTo(DdlOutcome.Succeeded));
        Assert.That(run.Steps[0].Locks, Is.EqualTo(locks));
    }

    [Test]
    public async Task Locks_of_different_modes_are_taken_in_one_statement()
    {
        const string sql = "ALTER TABLE child ADD COLUMN other int REFERENCES busy";
        var run = await _executed.Ddl.ExecuteAsync(
            Plans.Of(sql, Plans.Transaction(sql, Plans.Strong("child"), new DdlLock("busy", DdlLockMode.ShareRowExclusive))));

        Assert.That(run.Outcome, Is.EqualTo(DdlOutcome.Succeeded));
    }

    [Test]
    public async Task A_step_that_holds_its_locks_for_too_long_is_rolled_back()
    {
        await using var executed = await Executed.StartAsync(_cluster, options => options.StepTimeout = TimeSpan.FromMilliseconds(200));
        const string sql = "DO $$ BEGIN PERFORM pg_sleep(5); END $$";

        var failure = Assert.ThrowsAsync<DdlException>(() => executed.Ddl.ExecuteAsync(Plans.Of(sql, Plans.Transaction(sql, Plans.Strong("busy")))));

        Assert.That(failure!.Failure, Is.EqualTo(DdlFailure.StepFailed));
        Assert.That(failure.Message, Does.Contain("StepTimeout"));
    }

    private async Task HoldAndFreeAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _cluster.Primary.OpenConnectionAsync(CancellationToken.None);
        while (!cancellationToken.IsCancellationRequested)
        {
            await Executed.ExecuteAsync(connection, "BEGIN; SELECT count(*) FROM busy");
            await Task.Delay(Hold, TimeProvider.System, CancellationToken.None);
            await Executed.ExecuteAsync(connection, "COMMIT");
            await Task.Delay(Free, TimeProvider.System, CancellationToken.None);
        }
    }

    private async Task<bool> IsHeldAsync() =>
        await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM pg_locks WHERE relation = 'busy'::regclass") > 0;
}
