using PgScale.Ddl;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>A runner that is killed wherever it stands is gone on with by the next, and leaves nothing.</summary>
public sealed class KilledRunTests
{
    private PostgresCluster _cluster = null!;

    [OneTimeSetUp]
    public async Task StartCluster()
    {
        await Needs.ServersAsync(TestServerKinds.Postgres);
        _cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions { Replicas = 0 });
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
    public async Task MakeTable()
    {
        await _cluster.Primary.ExecuteAsync("DROP SCHEMA IF EXISTS pgscale CASCADE; DROP TABLE IF EXISTS orders");
        await _cluster.Primary.ExecuteAsync("CREATE TABLE orders (id int PRIMARY KEY, filler text); INSERT INTO orders SELECT i, repeat('x', 100) FROM generate_series(1, 3000) i");
    }

    [Test]
    public async Task Killed_in_the_middle_of_each_step_and_after_it_the_next_run_ends_in_the_same_schema()
    {
        var steps = Plans.OfEveryKind().Steps;
        for (var step = 0; step < steps.Count; step++)
        {
            if (step == 0 || steps[step].Kind != DdlStepKind.Transaction)
            {
                await KillAtAsync($"{step}:{DdlProgressStage.Running}");
            }

            await KillAtAsync($"{step}:{DdlProgressStage.Done}");
        }

        await using var executed = await Executed.StartAsync(_cluster);
        var run = await executed.Ddl.ExecuteAsync(Plans.OfEveryKind());

        Assert.That(run.Outcome, Is.EqualTo(DdlOutcome.Succeeded));
        Assert.That(run.Steps.Select(step => step.Outcome), Is.All.AnyOf(DdlOutcome.Succeeded, DdlOutcome.Skipped));
        Assert.That(
            (await executed.Ddl.GetHistoryAsync()).Select(one => one.Outcome),
            Is.EqualTo(new[] { DdlOutcome.Succeeded, DdlOutcome.Failed }),
            "the first was killed before anything was done, all others went on with the second");
        await AssertConvergedAsync();
    }

    [Test]
    public async Task Killed_while_an_index_is_built_the_next_run_drops_the_leftover_and_builds_it()
    {
        await using var holder = await _cluster.Primary.OpenConnectionAsync();
        await using var old = await holder.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        using (var child = ChildProcess.Start("run-ddl", _cluster.Primary.ConnectionString, "never"))
        {
            await Eventually.IsTrueAsync(() => IsBuildingAsync(), "the index waits for the old transaction", 30);
            await child.KillAsync();
        }

        await _cluster.Primary.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_progress_create_index");
        Assert.That(await InvalidAsync(), Is.EqualTo(1), "what the run has to tidy up");
        await old.RollbackAsync();
        await using var executed = await Executed.StartAsync(_cluster);

        var run = await executed.Ddl.ExecuteAsync(Plans.OfEveryKind());

        Assert.That(run.Outcome, Is.EqualTo(DdlOutcome.Succeeded));
        await AssertConvergedAsync();

        async Task<bool> IsBuildingAsync()
        {
            // Takes a snapshot that is older than the build, once the plan is there.
            await using var command = new Npgsql.NpgsqlCommand("SELECT count(*) FROM pg_class", holder);
            await command.ExecuteScalarAsync();
            return await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting%'") == 1;
        }
    }

    private async Task KillAtAsync(string stop)
    {
        using var child = ChildProcess.Start("run-ddl", _cluster.Primary.ConnectionString, stop);
        Assert.That(await child.ReadLineAsync(), Is.AnyOf("here", "done"), stop);
        await child.KillAsync();
    }

    private Task<long> InvalidAsync() => _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM pg_index WHERE NOT indisvalid");

    private async Task AssertConvergedAsync()
    {
        var columns = await _cluster.Primary.ScalarAsync<string>("SELECT string_agg(attname || ' ' || attnotnull, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attnum > 0");
        var constraints = await _cluster.Primary.ScalarAsync<string>("SELECT string_agg(conname || ' ' || contype::text, ',' ORDER BY conname) FROM pg_constraint WHERE conrelid = 'orders'::regclass AND contype <> 'n'");
        Assert.Multiple(() =>
        {
            Assert.That(columns, Is.EqualTo("id true,filler false,number true"));
            Assert.That(constraints, Is.EqualTo("orders_number_key u,orders_pkey p"));
        });
        Assert.That(await InvalidAsync(), Is.Zero);
        Assert.That(await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM orders WHERE number <> id"), Is.Zero);
    }
}
