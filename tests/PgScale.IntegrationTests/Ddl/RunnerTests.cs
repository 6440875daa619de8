using PgScale.Cluster;
using PgScale.Ddl;
using PgScale.IntegrationTests.Cluster;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>One runner at a time, on a connection of its own, with a history.</summary>
public sealed class RunnerTests
{
    private PostgresCluster _cluster = null!;
    private Executed _executed = null!;

    [OneTimeSetUp]
    public async Task StartCluster()
    {
        await Needs.ServersAsync(TestServerKinds.Postgres | TestServerKinds.PgBouncer);
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
    public Task MakeTable() => _cluster.Primary.ExecuteAsync("DROP SCHEMA IF EXISTS pgscale CASCADE; DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY)");

    [Test]
    public async Task Two_runners_run_one_after_the_other()
    {
        await using var other = await Executed.StartAsync(_cluster);
        var builds = Enumerable.Range(0, 6).Select(number => (number % 2 == 0 ? _executed : other).Ddl.ExecuteAsync(
            Plans.Of($"CREATE INDEX CONCURRENTLY i{number} ON t (id)", Plans.Index($"CREATE INDEX CONCURRENTLY i{number} ON t (id)", "t", $"i{number}"))));

        var runs = await Task.WhenAll(builds);

        var inOrder = runs.OrderBy(run => run.StartedAt).ToList();
        Assert.That(inOrder.Zip(inOrder.Skip(1)).Select(pair => pair.First.EndedAt <= pair.Second.StartedAt), Is.All.True);
        Assert.That(runs.Select(run => run.Steps.Single().Attempts), Is.All.EqualTo(1), "no deadlock between a waiting runner and a build");
    }

    [Test]
    public async Task While_an_index_is_built_no_session_of_ours_waits_for_a_lock_or_has_a_transaction_open()
    {
        await using var other = await Executed.StartAsync(_cluster);
        await using var holder = await _cluster.Primary.OpenConnectionAsync();
        await Executed.ExecuteAsync(holder, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM t");
        var building = _executed.Ddl.ExecuteAsync("CREATE INDEX CONCURRENTLY slow ON t (id)");
        await Eventually.IsTrueAsync(async () => await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting%'") == 1, "the build waits");
        var waiting = other.Ddl.ExecuteAsync("CREATE INDEX CONCURRENTLY slower ON t (id)");

        for (var look = 0; look < 30; look++)
        {
            var ours = await _cluster.Primary.ScalarAsync<string>("""
                SELECT string_agg(a.pid || ' ' || a.state || ' ' || coalesce(a.wait_event, '') || ' ' || a.query, '; ') FROM pg_stat_activity a
                WHERE a.application_name LIKE '%-ddl' AND a.pid NOT IN (SELECT pid FROM pg_stat_progress_create_index)
                  AND (a.state LIKE 'idle in transaction%' OR a.wait_event_type = 'Lock')
                """);
            Assert.That(ours, Is.Null);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        await Executed.ExecuteAsync(holder, "COMMIT");
        Assert.That((await Task.WhenAll(building, waiting)).Select(run => run.Outcome), Is.All.EqualTo(DdlOutcome.Succeeded));
    }

    [Test]
    public async Task A_runner_without_patience_says_who_is_at_work()
    {
        await using var impatient = await Executed.StartAsync(_cluster, options => options.RunnerPatience = TimeSpan.Zero);
        await using var holder = await _cluster.Primary.OpenConnectionAsync();
        await Executed.ExecuteAsync(holder, "BEGIN; SELECT FROM t");
        var working = _executed.Ddl.ExecuteAsync(Plans.AddColumn("t", "a"));
        await Eventually.IsTrueAsync(async () => await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") > 0, "a runner is at work");

        var failure = Assert.ThrowsAsync<DdlException>(() => impatient.Ddl.ExecuteAsync(Plans.AddColumn("t", "b")));

        await Executed.ExecuteAsync(holder, "COMMIT");
        await working;
        Assert.That(failure!.Failure, Is.EqualTo(DdlFailure.RunnerBusy));
        Assert.That(failure.Message, Does.Contain("pgscale-ddl"));
    }

    [Test]
    public async Task A_pooler_in_transaction_mode_is_refused_with_the_remedy()
    {
        var bouncer = await _cluster.AddPgBouncerAsync(_cluster.Primary);
        await using var pooled = await Executed.StartAsync(_cluster, options => options.ConnectionString = bouncer.ConnectionString);

        var failure = Assert.ThrowsAsync<DdlException>(() => pooled.Ddl.ExecuteAsync(Plans.AddColumn("t", "a")));

        Assert.That(failure!.Failure, Is.EqualTo(DdlFailure.DirectConnectionNeeded));
        Assert.That(failure.Message, Does.Contain("transaction mode").And.Contains("PgScale:Ddl:ConnectionString"));
    }

    [Test]
    public async Task A_pooler_in_session_mode_is_accepted()
    {
        var bouncer = await _cluster.AddPgBouncerAsync(_cluster.Primary, new PgBouncerOptions { Settings = { ["pool_mode"] = "session" } });
        await using var pooled = await Executed.StartAsync(_cluster, options => options.ConnectionString = bouncer.ConnectionString);

        var run = await pooled.Ddl.ExecuteAsync(Plans.AddColumn("t", "a"));

        Assert.That(run.Outcome, Is.EqualTo(DdlOutcome.Succeeded));
    }

    [Test]
    public async Task A_node_behind_a_pooler_needs_a_direct_connection_and_works_with_one()
    {
        var bouncer = await _cluster.AddPgBouncerAsync(_cluster.Primary);
        var node = new NodeOptions
        {
            Name = "primary",
            ConnectionString = bouncer.ConnectionString,
            ProbeConnectionString = _cluster.Primary.ConnectionString,
            Pooler = PoolerMode.PgBouncerTransaction,
        };
        await using var without = await Executed.StartAsync([node]);
        await using var with = await Executed.StartAsync([node], options => options.ConnectionString = _cluster.Primary.ConnectionString);

        Assert.That(async () => await without.Ddl.ExecuteAsync(Plans.AddColumn("t", "a")), Throws.InstanceOf<DdlException>());
        Assert.That((await with.Ddl.ExecuteAsync(Plans.AddColumn("t", "a"))).Outcome, Is.EqualTo(DdlOutcome.Succeeded));
    }

    [Test]
    public async Task A_connection_to_a_replica_is_refused()
    {
        var replica = await _cluster.AddReplicaAsync();
        await using var misled = await Executed.StartAsync([Watched.NodeOf(_cluster.Primary)], options => options.ConnectionString = replica.ConnectionString);

        var failure = Assert.ThrowsAsync<DdlException>(() => misled.Ddl.ExecuteAsync(Plans.AddColumn("t", "a")));

        Assert.That(failure!.Message, Does.Contain("leads to a replica"));
        await _cluster.RemoveAsync(replica);
    }

    [Test]
    public async Task A_run_that_failed_goes_on_at_the_step_that_failed()
    {
        var plan = Plans.Of("two columns", Plans.Transaction("ALTER TABLE t ADD COLUMN a int", Plans.Strong("t")), Plans.Transaction("ALTER TABLE t ADD COLUMN b missing_type", Plans.Strong("t")));
        var failure = Assert.ThrowsAsync<DdlException>(() => _executed.Ddl.ExecuteAsync(plan));
        var failed = (await _executed.Ddl.GetHistoryAsync()).Single();
        await _cluster.Primary.ExecuteAsync("CREATE DOMAIN missing_type AS int");

        var run = await _executed.Ddl.ExecuteAsync(plan);

        await _cluster.Primary.ExecuteAsync("ALTER TABLE t DROP COLUMN b; DROP DOMAIN missing_type");
        Assert.That((failure!.Failure, failure.Step, failure.Run), Is.EqualTo((DdlFailure.StepFailed, 1, failed.Id)));
        Assert.That((failed.Outcome, failed.Error), Is.EqualTo((DdlOutcome.Failed, "42704: type \"missing_type\" does not exist")));
        Assert.That((run.Id, run.Outcome, run.Error), Is.EqualTo((failed.Id, DdlOutcome.Succeeded, (string?)null)));
        Assert.That(run.Steps.Select(step => (step.Outcome, step.Attempts)), Is.EqualTo(new[] { (DdlOutcome.Succeeded, 1), (DdlOutcome.Succeeded, 2) }));
    }

    [Test]
    public async Task An_abandoned_run_is_not_gone_on_with()
    {
        var plan = Plans.Of("a column twice", Plans.Transaction("ALTER TABLE t ADD COLUMN a int", Plans.Strong("t")), Plans.Transaction("ALTER TABLE nowhere ADD COLUMN b int"));
        var failure = Assert.ThrowsAsync<DdlException>(() => _executed.Ddl.ExecuteAsync(plan));

        Assert.That(await _executed.Ddl.AbandonAsync(failure!.Run!.Value), Is.True);

        var again = Assert.ThrowsAsync<DdlException>(() => _executed.Ddl.ExecuteAsync(plan));
        Assert.That(again!.Step, Is.Zero, "it began from the start, where the column exists");
        Assert.That(await _executed.Ddl.AbandonAsync(Guid.NewGuid()), Is.False);
    }

    [Test]
    public async Task The_history_tells_who_did_what_from_where()
    {
        var run = await _executed.Ddl.ExecuteAsync(Plans.AddColumn("t", "a"));

        var told = (await _executed.Ddl.GetHistoryAsync()).Single();
        Assert.That(told.Plan.Statement, Is.EqualTo("ALTER TABLE t ADD COLUMN a int"));
        Assert.That(told.By, Is.EqualTo(await _cluster.Primary.ScalarAsync<string>("SELECT session_user::text")));
        Assert.That(told.From, Does.Contain(Environment.MachineName));
        Assert.That(told.EndedAt, Is.GreaterThan(told.StartedAt));
        Assert.That(told.Steps.Single().Locks, Is.EqualTo(new[] { Plans.Strong("t") }));
        Assert.That(run.Id, Is.EqualTo(told.Id));
    }

    [Test]
    public async Task A_long_pause_before_a_step_ends_the_run_until_it_is_over()
    {
        var later = Plans.Transaction("DROP TABLE t_dropped", Plans.Strong("t_dropped")) with { Pause = TimeSpan.FromDays(1) };
        var plan = Plans.Of("DROP TABLE t", Plans.Transaction("ALTER TABLE t RENAME TO t_dropped", Plans.Strong("t")), later);

        var paused = await _executed.Ddl.ExecuteAsync(plan);
        await _cluster.Primary.ExecuteAsync("UPDATE pgscale.ddl_history_step SET ended_at = ended_at - interval '1 day'");
        var done = await _executed.Ddl.ExecuteAsync(plan);

        Assert.That((paused.Outcome, done.Outcome), Is.EqualTo((DdlOutcome.Paused, DdlOutcome.Succeeded)));
        Assert.That(done.Id, Is.EqualTo(paused.Id));
    }

    [Test]
    public async Task Rows_that_a_policy_hides_from_the_role_are_an_error_and_not_lost()
    {
        await _cluster.Primary.ExecuteAsync("""
            DROP TABLE t; CREATE ROLE changer LOGIN PASSWORD 'changer'; GRANT ALL ON SCHEMA public TO changer; GRANT CREATE ON DATABASE app TO changer;
            CREATE TABLE t (id int, a int); INSERT INTO t SELECT i, i FROM generate_series(1, 2000) i; ALTER TABLE t OWNER TO changer;
            ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY; CREATE POLICY few ON t USING (id < 10)
            """);
        await using var changer = await Executed.StartAsync(_cluster, options =>
            options.ConnectionString = _cluster.Primary.GetConnectionString(configure: builder => (builder.Username, builder.Password, builder.Pooling) = ("changer", "changer", false)));

        var failure = Assert.ThrowsAsync<DdlException>(() => changer.Ddl.ExecuteAsync("ALTER TABLE t ALTER COLUMN a TYPE bigint"));

        Assert.That(failure!.Message, Does.Contain("row-level security"));
        Assert.That(await _cluster.Primary.ScalarAsync<long>("SELECT count(a) FROM t"), Is.EqualTo(2000));
    }

    [Test]
    public async Task Limits_of_the_role_do_not_end_a_run()
    {
        await _cluster.Primary.ExecuteAsync("""
            CREATE ROLE hurried SUPERUSER LOGIN PASSWORD 'hurried';
            ALTER ROLE hurried SET statement_timeout = 100; ALTER ROLE hurried SET lock_timeout = 10; ALTER ROLE hurried SET idle_session_timeout = 300;
            ALTER ROLE hurried SET default_transaction_isolation = 'serializable'; ALTER ROLE hurried SET default_transaction_read_only = on
            """);
        await using var hurried = await Executed.StartAsync(_cluster, options =>
            options.ConnectionString = _cluster.Primary.GetConnectionString(configure: builder => (builder.Username, builder.Password, builder.Pooling) = ("hurried", "hurried", false)));
        await using var holder = await _cluster.Primary.OpenConnectionAsync();
        await Executed.ExecuteAsync(holder, "BEGIN; SELECT FROM t");
        var run = hurried.Ddl.ExecuteAsync("ALTER TABLE t ADD COLUMN late int");

        await Task.Delay(TimeSpan.FromMilliseconds(900), TimeProvider.System); // three times the limit
        await Executed.ExecuteAsync(holder, "COMMIT");

        Assert.That((await run).Outcome, Is.EqualTo(DdlOutcome.Succeeded));
    }

    [Test]
    public async Task Outside_the_allowed_hours_nothing_is_begun()
    {
        var now = TimeOnly.FromTimeSpan(TimeProvider.System.GetUtcNow().TimeOfDay);
        await using var asleep = await Executed.StartAsync(_cluster, options => options.Policy = new() { AllowedHours = new(now.AddHours(2), now.AddHours(3)) });

        var failure = Assert.ThrowsAsync<DdlException>(() => asleep.Ddl.ExecuteAsync(Plans.AddColumn("t", "a")));

        Assert.That(failure!.Failure, Is.EqualTo(DdlFailure.OutsideHours));
    }

    [Test]
    public async Task A_backfill_fills_every_row_also_those_that_are_locked_for_a_while()
    {
        await _cluster.Primary.ExecuteAsync("ALTER TABLE t ADD COLUMN filled int; INSERT INTO t SELECT i FROM generate_series(1, 20000) i");
        await using var holder = await _cluster.Primary.OpenConnectionAsync();
        await Executed.ExecuteAsync(holder, "BEGIN; UPDATE t SET id = id WHERE id = 500");
        DdlStep fill = new() { Kind = DdlStepKind.Backfill, Statements = [], Why = "Fills it.", Backfill = new("t", ["id"], "filled = id", "filled IS NULL") };
        var run = _executed.Ddl.ExecuteAsync(Plans.Of("fill t", fill));
        await Eventually.IsTrueAsync(async () => await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM t WHERE filled IS NULL") == 1, "all rows but the locked one are filled");

        await Executed.ExecuteAsync(holder, "COMMIT");

        Assert.That((await run).Outcome, Is.EqualTo(DdlOutcome.Succeeded));
        Assert.That(await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM t WHERE filled IS DISTINCT FROM id"), Is.Zero);
    }
}
