using Npgsql;
using PgScale.Backfill;
using PgScale.IntegrationTests.Cluster;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Backfill;

/// <summary>Backfills that are watched, paused, changed and given up by another process, and that meet rows they cannot change.</summary>
internal sealed class ControlTests
{
    private PostgresCluster _cluster = null!;
    private Filled _runner = null!;
    private Filled _other = null!;

    [OneTimeSetUp]
    public async Task StartClusterAsync()
    {
        _cluster = await EveryVersion.StartAsync(version: null, replicas: 0);
        _runner = await Filled.StartAsync(_cluster, options => (options.MaxFailedRows, options.LockTimeout, options.WriterWait) = (3, TimeSpan.FromMilliseconds(50), TimeSpan.Zero));
        _other = await Filled.StartAsync(_cluster);
    }

    [OneTimeTearDown]
    public async Task StopClusterAsync()
    {
        foreach (var filled in new[] { _runner, _other })
        {
            if (filled is not null)
            {
                await filled.DisposeAsync();
            }
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    private PostgresServer Primary => _cluster.Primary;

    [Test]
    public async Task Paused_from_another_process_it_stops_and_resumed_it_goes_on_to_the_end()
    {
        var running = await StartSlowAsync("paused");
        await _other.Backfill.PauseAsync("paused", "lunch");
        var done = await SettledAsync("paused");
        Assert.That(await StatusAsync("paused"), Has.Property("State").EqualTo(BackfillState.Paused).And.Property("Reason").EqualTo("lunch").And.Property("Workers").EqualTo(1));
        Assert.That(done, Is.LessThan(20_000));
        await _other.Backfill.ResumeAsync("paused");
        await _other.Backfill.SetPaceAsync("paused", new() { MaxRowsPerSecond = 1_000_000 });
        Assert.That((await running).State, Is.EqualTo(BackfillState.Completed));
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM paused WHERE v = 1"), Is.EqualTo(20_000));
    }

    [Test]
    public async Task Cancelled_from_another_process_it_ends_and_does_not_begin_again_by_itself()
    {
        var running = await StartSlowAsync("cancelled");
        await _other.Backfill.CancelAsync("cancelled", "wrong column");
        Assert.That((await running).State, Is.EqualTo(BackfillState.Cancelled));
        Assert.That(async () => await _runner.Backfill.RunAsync(Slow("cancelled")), Throws.TypeOf<BackfillRefusedException>().With.Message.Contains("wrong column"));
    }

    [Test]
    public async Task Second_runner_is_refused_while_the_first_one_runs()
    {
        using var stop = new CancellationTokenSource();
        var running = await StartSlowAsync("second", stop.Token);
        Assert.That(async () => await _other.Backfill.RunAsync(Slow("second")), Throws.TypeOf<BackfillRefusedException>().With.Message.Contains("It runs already, in the server process "));
        await stop.CancelAsync();
        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Stopped_run_is_taken_up_by_another_process_where_it_was()
    {
        using var stop = new CancellationTokenSource();
        var running = await StartSlowAsync("taken_up", stop.Token);
        await stop.CancelAsync();
        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());
        await _other.Backfill.SetPaceAsync("taken_up", new() { MaxRowsPerSecond = 1_000_000 });
        Assert.That((await _other.Backfill.RunAsync(Slow("taken_up"))).State, Is.EqualTo(BackfillState.Completed));
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM taken_up WHERE v = 1"), Is.EqualTo(20_000));
    }

    [Test]
    public async Task Position_of_one_definition_is_not_used_for_another()
    {
        await CreateAsync("changed", 100);
        await _runner.Backfill.RunAsync(new("changed", "changed") { Set = { ["v"] = "1" } });
        Assert.That(
            async () => await _runner.Backfill.RunAsync(new("changed", "changed") { Set = { ["v"] = "2" } }),
            Throws.TypeOf<BackfillRefusedException>().With.Message.Contains("Give the new one another name"));
        await _runner.Backfill.ForgetAsync("changed");
        Assert.That((await _runner.Backfill.RunAsync(new("changed", "changed") { Set = { ["v"] = "2" } })).RowsChanged, Is.EqualTo(100));
    }

    [Test]
    public async Task Rows_that_cannot_be_changed_are_listed_and_the_others_are_changed()
    {
        await CreateAsync("poisoned", 5_000);
        await Primary.ExecuteAsync("UPDATE poisoned SET v = CASE WHEN id IN (77, 78, 4000) THEN 0 ELSE 5 END");

        var status = await _runner.Backfill.RunAsync(new("poisoned", "poisoned") { Set = { ["v"] = "10 / t.v" } });

        Assert.That((status.State, status.RowsSetAside, status.RowsChanged), Is.EqualTo((BackfillState.Completed, 3, 4_997)));
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM poisoned WHERE v = 2"), Is.EqualTo(4_997));
        Assert.That(
            await Primary.ScalarAsync<string>("SELECT string_agg(key[1] || ' ' || sql_state, ', ' ORDER BY key[1]::int) FROM pgscale.backfill_row WHERE name = 'poisoned'"),
            Is.EqualTo("77 22012, 78 22012, 4000 22012"));
    }

    [Test]
    public async Task Repaired_rows_are_changed_by_the_next_run()
    {
        await CreateAsync("repaired", 1_000, "CASE WHEN i = 77 THEN 0 ELSE 5 END");
        BackfillDefinition definition = new("repaired", "repaired") { Set = { ["v"] = "10 / t.v" } };
        await _runner.Backfill.RunAsync(definition);
        await Primary.ExecuteAsync("UPDATE repaired SET v = 5 WHERE id = 77");
        Assert.That(await _other.Backfill.RetryRowsAsync("repaired"), Is.EqualTo(1));
        Assert.That(await _runner.Backfill.RunAsync(definition), Has.Property("State").EqualTo(BackfillState.Completed).And.Property("RowsSetAside").Zero);
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM repaired WHERE v = 2"), Is.EqualTo(1_000));
    }

    [Test]
    public async Task Too_many_rows_that_cannot_be_changed_stop_the_run_and_the_next_run_goes_on()
    {
        await CreateAsync("hopeless", 500);
        BackfillDefinition definition = new("hopeless", "hopeless") { Set = { ["v"] = "10 / t.v" } };
        Assert.That(async () => await _runner.Backfill.RunAsync(definition), Throws.TypeOf<BackfillFailedException>().With.Message.Contains("more than 3 rows"));
        Assert.That(await StatusAsync("hopeless"), Has.Property("State").EqualTo(BackfillState.Failed).And.Property("RowsSetAside").EqualTo(3));
    }

    [Test]
    public async Task Row_that_somebody_holds_is_passed_over_and_changed_at_the_end()
    {
        await CreateAsync("held", 3_000);
        await using var holder = await Primary.OpenConnectionAsync();
        var transaction = await holder.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("SELECT FROM held WHERE id = 1500 FOR UPDATE", holder))
        {
            await command.ExecuteNonQueryAsync();
        }

        var running = _runner.Backfill.RunAsync(new("held", "held") { Set = { ["v"] = "t.v + 1" } });
        await Eventually.IsTrueAsync(async () => await Primary.ScalarAsync<long>("SELECT count(*) FROM held WHERE v = 1") == 2_999, "all other rows are changed");
        await transaction.CommitAsync();
        Assert.That(await running, Has.Property("State").EqualTo(BackfillState.Completed).And.Property("RowsSetAside").Zero);
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM held WHERE v = 1"), Is.EqualTo(3_000));
    }

    [Test]
    public async Task Row_that_appears_behind_the_cursor_is_found_by_the_sweep()
    {
        await CreateAsync("late", 20_000, "NULL::bigint");
        await Primary.ExecuteAsync("DELETE FROM late WHERE id = 5");
        var running = _runner.Backfill.RunAsync(Slow("late", guard: "t.v IS NULL"));
        await Eventually.IsTrueAsync(async () => await Primary.ScalarAsync<bool>("SELECT v IS NOT NULL FROM late WHERE id = 6"), "the cursor is behind the row");
        await Primary.ExecuteAsync("INSERT INTO late VALUES (5, NULL)");
        await _other.Backfill.SetPaceAsync("late", new() { MaxRowsPerSecond = 1_000_000 });
        await running;
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM late WHERE v IS NULL"), Is.Zero);
    }

    [Test]
    public async Task Plan_changes_nothing_and_shows_a_sample()
    {
        await CreateAsync("planned", 30_000);
        var plan = await _runner.Backfill.PlanAsync(new("planned", "planned") { Set = { ["v"] = "t.v + t.id" } });

        Assert.That((plan.Table, plan.KeyIndex, plan.RowsEstimated, plan.IsRefused), Is.EqualTo(("\"public\".\"planned\"", "planned_pkey", 30_000, false)));
        Assert.That(plan.Samples[1], Is.EqualTo(plan.Samples[1] with { Column = "v", Before = "0", After = "2" }));
        Assert.That(plan.DurationEstimated, Is.GreaterThan(TimeSpan.Zero));
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM planned WHERE v <> 0"), Is.Zero);
        Assert.That(await StatusAsync("planned"), Is.Null);
    }

    [TestCase("CREATE TABLE refused (v int)", "has no primary key")]
    [TestCase("CREATE TABLE refused (id int UNIQUE, v int)", "may be NULL", "id")]
    [TestCase("CREATE TABLE refused (id int NOT NULL, v int); CREATE INDEX ON refused (id)", "is not unique", "id")]
    [TestCase("CREATE TABLE refused (id int NOT NULL, b int PRIMARY KEY, v int)", "No btree index begins with the key", "id", "b")]
    [TestCase("CREATE TABLE refused (id int PRIMARY KEY, v int); CREATE INDEX ON refused (v)", "covers a written column")]
    [TestCase("CREATE TABLE refused (id int PRIMARY KEY, v int, w int); CREATE INDEX ON refused ((v + 1)) WHERE w > 0", "covers a written column")]
    [TestCase("CREATE TABLE refused (id int PRIMARY KEY, v int); CREATE TRIGGER tell BEFORE UPDATE ON refused FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()", "The triggers tell fire")]
    [TestCase("CREATE VIEW refused AS SELECT 1 AS id", "is not a table")]
    [TestCase("SELECT 1", "There is no table 'refused'")]
    public async Task What_would_hurt_is_refused_with_a_sentence(string sql, string reason, params string[] key)
    {
        await Primary.ExecuteAsync($"DO $$ BEGIN DROP TABLE IF EXISTS refused; EXCEPTION WHEN wrong_object_type THEN DROP VIEW refused; END $$; {sql}");
        Assert.That(
            async () => await _runner.Backfill.RunAsync(new("refused", "refused") { Key = key, Set = { ["v"] = "1" } }),
            Throws.TypeOf<BackfillRefusedException>().With.Message.Contains(reason));
        Assert.That(await StatusAsync("refused"), Is.Null);
    }

    [Test]
    public async Task Old_transaction_refuses_the_start_unless_it_is_accepted()
    {
        await CreateAsync("aged", 100);
        await using var strict = await Filled.StartAsync(_cluster, options => options.MaxTransactionAge = TimeSpan.FromSeconds(1));
        await using var holder = await Primary.OpenConnectionAsync();
        await using var transaction = await holder.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await using var command = new NpgsqlCommand("SELECT pg_sleep(1.1)", holder);
        await command.ExecuteNonQueryAsync();
        Assert.That(async () => await strict.Backfill.RunAsync(new("aged", "aged") { Set = { ["v"] = "1" } }), Throws.TypeOf<BackfillRefusedException>().With.Message.Contains("BackfillRisks.OldTransaction"));
        var status = await strict.Backfill.RunAsync(new("aged", "aged") { Set = { ["v"] = "1" }, Accepted = BackfillRisks.OldTransaction });
        Assert.That(status.State, Is.EqualTo(BackfillState.Completed));
    }

    [Test]
    public async Task Own_signal_holds_the_run_while_it_is_over_its_limit_or_silent()
    {
        await CreateAsync("signalled", 1_000);
        double? value = null;
        await using var signalled = await Filled.StartAsync(_cluster, backfill: null, new BackfillSignal("checkout_p99", 0.2, _ => ValueTask.FromResult(value)));
        var seen = new List<BackfillProgress>();
        var running = signalled.Backfill.RunAsync(Slow("signalled"), new Told(seen.Add));
        await Eventually.IsTrueAsync(() => Held(), "an unknown signal holds");
        value = 0.5;
        await Task.Yield();
        Assert.That(Held(), Is.True);
        await _other.Backfill.SetPaceAsync("signalled", new() { MaxRowsPerSecond = 1_000_000 });
        value = 0.1;
        Assert.That((await running).State, Is.EqualTo(BackfillState.Completed));

        bool Held()
        {
            lock (seen)
            {
                return seen.Count > 0 && seen[^1] is { LimitedBy: "checkout_p99", Duty: 0 };
            }
        }
    }

    private static BackfillDefinition Slow(string table, string? guard = null) => new(table, table)
    {
        Set = { ["v"] = guard is null ? "t.v + 1" : "1" },
        Where = guard,
        Pace = new() { MaxRowsPerSecond = 2_000, MaxBatchRows = 100 },
    };

    private async Task<Task<BackfillStatus>> StartSlowAsync(string table, CancellationToken cancellationToken = default)
    {
        await CreateAsync(table, 20_000);
        var running = _runner.Backfill.RunAsync(Slow(table), cancellationToken);
        await Eventually.IsTrueAsync(async () => await StatusAsync(table) is { Batches: > 1 }, "it runs");
        return running;
    }

    /// <summary>Waits until nothing more is changed, and returns how much was.</summary>
    private async Task<long> SettledAsync(string table)
    {
        var before = -1L;
        await Eventually.IsTrueAsync(
            async () =>
            {
                var now = await Primary.ScalarAsync<long>($"SELECT count(*) FROM {table}, pg_sleep(0.3) WHERE v = 1");
                var isSame = now == before;
                before = now;
                return isSame;
            },
            "it stands still");
        return before;
    }

    private Task<BackfillStatus?> StatusAsync(string name) => _other.Backfill.GetStatusAsync(name);

    private Task<int> CreateAsync(string table, int rows, string value = "0") => Primary.ExecuteAsync(
        $"""
        DROP TABLE IF EXISTS {table};
        CREATE TABLE {table} (id bigint PRIMARY KEY, v bigint);
        INSERT INTO {table} SELECT i, {value} FROM generate_series(1, {rows}) i;
        ANALYZE {table};
        """);

    private sealed class Told(Action<BackfillProgress> tell) : IProgress<BackfillProgress>
    {
        public void Report(BackfillProgress value)
        {
            lock (tell.Target!)
            {
                tell(value);
            }
        }
    }
}
