using Npgsql;
using PgScale.Ddl;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>INVALID indexes are neither left behind nor taken for done.</summary>
public sealed class LeftoverTests
{
    private const string Build = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS items_code ON items (code)";

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
        DROP SCHEMA IF EXISTS pgscale CASCADE; DROP SCHEMA IF EXISTS other CASCADE; DROP TABLE IF EXISTS items;
        CREATE TABLE items (code int); INSERT INTO items VALUES (1), (1);
        CREATE SCHEMA other; CREATE TABLE other.items (code int); INSERT INTO other.items VALUES (1), (1)
        """);

    [Test]
    public async Task If_not_exists_does_not_accept_an_invalid_index()
    {
        await FailToBuildAsync("items", "items_code");
        await _cluster.Primary.ExecuteAsync("DELETE FROM items WHERE ctid = (SELECT max(ctid) FROM items)");

        await _executed.Ddl.ExecuteAsync(Plan());

        Assert.That(await IndexesAsync(), Is.EqualTo("items_code valid"));
    }

    [Test]
    public async Task What_a_rebuild_left_is_dropped_and_what_is_of_other_indexes_and_tables_stays()
    {
        await FailToBuildAsync("items", "items_code_ccnew1");
        await FailToBuildAsync("items", "items_code_2");
        await FailToBuildAsync("other.items", "items_code");
        await _cluster.Primary.ExecuteAsync("DELETE FROM items");

        await _executed.Ddl.ExecuteAsync(Plan());

        Assert.That(await IndexesAsync(), Is.EqualTo("items_code invalid,items_code valid,items_code_2 invalid"));
    }

    [Test]
    public async Task A_build_that_fails_leaves_no_index()
    {
        var failure = Assert.ThrowsAsync<DdlException>(() => _executed.Ddl.ExecuteAsync(Plan()));

        Assert.That((failure!.InnerException as PostgresException)?.SqlState, Is.EqualTo(PostgresErrorCodes.UniqueViolation));
        Assert.That(await IndexesAsync(), Is.Null);
    }

    [Test]
    public async Task A_build_that_is_cancelled_leaves_no_index()
    {
        await _cluster.Primary.ExecuteAsync("DELETE FROM items");
        await using var connection = await _cluster.Primary.OpenConnectionAsync();
        var old = await connection.BeginTransactionAsync();
        await Executed.ExecuteAsync(connection, "LOCK TABLE items IN ROW EXCLUSIVE MODE");
        using var stopping = new CancellationTokenSource();
        var run = _executed.Ddl.ExecuteAsync(Plan(), cancellationToken: stopping.Token);
        await Eventually.IsTrueAsync(async () => await IndexesAsync() == "items_code invalid", "the build has begun");

        await stopping.CancelAsync();
        await Eventually.IsTrueAsync(async () => await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM pg_stat_progress_create_index") == 0, "the build is cancelled");
        await old.RollbackAsync();

        Assert.That(async () => await run, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await IndexesAsync(), Is.Null);
    }

    [Test]
    public async Task Cleanup_finds_and_drops_what_is_invalid_and_nothing_else()
    {
        await FailToBuildAsync("items", "items_code");
        await _cluster.Primary.ExecuteAsync("CREATE INDEX kept ON items (code)");

        var found = await _executed.Ddl.FindLeftoversAsync();
        var dropped = await _executed.Ddl.DropLeftoversAsync();

        Assert.That(found.Select(one => (one.Table, one.Index)), Is.EqualTo(new[] { ("public.items", "public.items_code") }));
        Assert.That(dropped, Is.EqualTo(found));
        Assert.That(await IndexesAsync(), Is.EqualTo("kept valid"));
    }

    private static DdlPlan Plan() => Plans.Of(Build, Plans.Index(Build, "items", "items_code"));

    private async Task FailToBuildAsync(string table, string index)
    {
        try
        {
            await _cluster.Primary.ExecuteAsync($"CREATE UNIQUE INDEX CONCURRENTLY {index} ON {table} (code)");
            Assert.Fail("The build should have failed.");
        }
        catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // That is how the leftover comes to be.
        }
    }

    private Task<string?> IndexesAsync() => _cluster.Primary.ScalarAsync<string>("""
        SELECT string_agg(c.relname || CASE WHEN i.indisvalid THEN ' valid' ELSE ' invalid' END, ',' ORDER BY c.relname, i.indisvalid)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid WHERE t.relname = 'items'
        """);
}
