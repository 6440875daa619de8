using Npgsql;
using PgScale.Backfill;
using PgScale.IntegrationTests.Cluster;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Backfill;

/// <summary>Backfills on a primary alone: what is changed, what is left, what is kept.</summary>
internal sealed class BackfillTests
{
    private PostgresCluster _cluster = null!;
    private Filled _filled = null!;

    [OneTimeSetUp]
    public async Task StartClusterAsync()
    {
        _cluster = await EveryVersion.StartAsync(version: null, replicas: 0);
        _filled = await Filled.StartAsync(_cluster, options => options.FirstBatchRows = 200);
    }

    [OneTimeTearDown]
    public async Task StopClusterAsync()
    {
        if (_filled is not null)
        {
            await _filled.DisposeAsync();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    private PostgresServer Primary => _cluster.Primary;

    private ControlledBackfill Backfill => _filled.Backfill;

    [TestCase("id bigint", "i * 7", TestName = "Integers_with_gaps_are_a_key")]
    [TestCase("id int", "i - 5000", TestName = "Integers_below_zero_are_a_key")]
    [TestCase("id uuid", "md5(i::text)::uuid", TestName = "Uuids_are_a_key")]
    [TestCase("id text COLLATE \"en-x-icu\"", "(ARRAY['a','A','_','B','b','é','-'])[1 + i % 7] || md5(i::text)", TestName = "Text_under_a_linguistic_collation_is_a_key")]
    [TestCase("id varchar(40) COLLATE \"C\"", "'row ''' || i || ', \"x\" {}'", TestName = "Text_with_quotes_and_braces_is_a_key")]
    [TestCase("id timestamptz", "'2024-03-31 00:59:59.999999+01'::timestamptz + i * interval '1.000001 second'", TestName = "Timestamps_are_a_key")]
    [TestCase("id numeric", "i / 7.0", TestName = "Numbers_with_fractions_are_a_key")]
    [TestCase("id bytea", "decode(md5(i::text), 'hex')", TestName = "Bytes_are_a_key")]
    public async Task Every_row_is_changed_once_whatever_the_key_is(string column, string value)
    {
        await Primary.ExecuteAsync(
            $"""
            DROP TABLE IF EXISTS keyed;
            CREATE TABLE keyed ({column} PRIMARY KEY, n int NOT NULL DEFAULT 0);
            INSERT INTO keyed (id) SELECT {value} FROM generate_series(1, 5000) i;
            """);
        var name = TestContext.CurrentContext.Test.Name;

        var status = await Backfill.RunAsync(new(name, "keyed") { Set = { ["n"] = "t.n + 1" } }, TestContext.CurrentContext.CancellationToken);

        Assert.That((status.State, status.RowsChanged), Is.EqualTo((BackfillState.Completed, 5000)));
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM keyed WHERE n = 1"), Is.EqualTo(5000));
        Assert.That(status.Batches, Is.GreaterThan(2));
    }

    [Test]
    public async Task Every_row_is_changed_once_under_a_key_of_several_columns()
    {
        await Primary.ExecuteAsync(
            """
            DROP TABLE IF EXISTS composed;
            CREATE TABLE composed (region text, at date, number int, n int NOT NULL DEFAULT 0, PRIMARY KEY (region, at, number));
            INSERT INTO composed (region, at, number) SELECT (ARRAY['eu','us','Ap'])[1 + i % 3], date '2026-01-01' + i % 11, i FROM generate_series(1, 5000) i;
            """);

        var status = await Backfill.RunAsync(new("composed", "composed") { Set = { ["n"] = "t.n + 1" } });

        Assert.That((status.State, status.RowsChanged), Is.EqualTo((BackfillState.Completed, 5000)));
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM composed WHERE n = 1"), Is.EqualTo(5000));
    }

    [Test]
    public async Task Only_rows_that_the_guard_lets_through_are_changed()
    {
        await CreateAsync("guarded", 3000, "CASE WHEN i % 3 = 0 THEN 7 END");

        var status = await Backfill.RunAsync(new("guarded", "guarded") { Set = { ["v"] = "t.id * 2" }, Where = "t.v IS NULL" });

        Assert.That(status.RowsChanged, Is.EqualTo(2000));
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM guarded WHERE v = CASE WHEN id % 3 = 0 THEN 7 ELSE id * 2 END"), Is.EqualTo(3000));
    }

    [Test]
    public async Task Table_without_rows_is_done_at_once()
    {
        await CreateAsync("without_rows", 0);
        Assert.That((await Backfill.RunAsync(new("without_rows", "without_rows") { Set = { ["v"] = "1" } })).State, Is.EqualTo(BackfillState.Completed));
    }

    [Test]
    public async Task Completed_backfill_does_nothing_when_it_is_run_again()
    {
        await CreateAsync("again", 500, "0");
        BackfillDefinition definition = new("again", "again") { Set = { ["v"] = "t.v + 1" } };
        await Backfill.RunAsync(definition);
        await Backfill.RunAsync(definition);
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM again WHERE v = 1"), Is.EqualTo(500));
    }

    [Test]
    public async Task Concurrent_writers_value_stays()
    {
        await CreateAsync("raced", 20_000);
        using var stop = new CancellationTokenSource();
        var written = new HashSet<int>();
        var writer = Task.Run(async () =>
        {
            await using var connection = await Primary.OpenConnectionAsync();
            for (var id = 1; !stop.IsCancellationRequested; id = 1 + ((id + 6_007) % 20_000))
            {
                await using var command = new NpgsqlCommand($"UPDATE raced SET v = -1 WHERE id = {id}", connection);
                await command.ExecuteNonQueryAsync();
                written.Add(id);
            }
        });
        await Backfill.RunAsync(new("raced", "raced") { Set = { ["v"] = "t.id" }, Where = "t.v IS NULL", Pace = new() { BatchTime = TimeSpan.FromMilliseconds(10) } });
        await stop.CancelAsync();
        await writer;

        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM raced WHERE v = -1"), Is.EqualTo(written.Count));
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM raced WHERE v IS NULL"), Is.Zero);
    }

    [Test]
    public async Task Statement_with_a_join_changes_its_batch_only()
    {
        await CreateAsync("orders", 2000);
        await Primary.ExecuteAsync("DROP TABLE IF EXISTS customers; CREATE TABLE customers (id int PRIMARY KEY, tier int); INSERT INTO customers SELECT i, i % 5 FROM generate_series(0, 9) i");

        var status = await Backfill.RunAsync(new("orders", "orders")
        {
            Statement = "UPDATE orders AS o SET v = c.tier FROM customers AS c WHERE c.id = o.id % 10 AND {batch:o}",
        });

        Assert.That(status.RowsChanged, Is.EqualTo(2000));
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM orders WHERE v = (id % 10) % 5"), Is.EqualTo(2000));
    }

    [Test]
    public async Task Rows_are_moved_to_an_archive()
    {
        await CreateAsync("live", 2000);
        await Primary.ExecuteAsync("DROP TABLE IF EXISTS archive; CREATE TABLE archive (LIKE live)");

        await Backfill.RunAsync(new("archive", "live")
        {
            Statement = "WITH gone AS (DELETE FROM live WHERE id % 2 = 0 AND {batch} RETURNING *) INSERT INTO archive SELECT * FROM gone",
        });

        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM archive WHERE id % 2 = 0"), Is.EqualTo(1000));
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM live WHERE id % 2 = 1"), Is.EqualTo(1000));
    }

    [Test]
    public async Task Values_computed_in_code_are_written_back_in_bulk()
    {
        await CreateAsync("computed", 3000, "CASE WHEN i % 4 = 0 THEN 1 END");

        var status = await Backfill.RunAsync(new("computed", "computed")
        {
            Where = "t.v IS NULL",
            Work = async (batch, cancellationToken) =>
            {
                var ids = batch.GetKeys<long>();
                await using var command = new NpgsqlCommand("UPDATE computed SET v = d.v FROM unnest($1, $2) AS d(id, v) WHERE computed.id = d.id", batch.Connection);
                command.Parameters.Add(new() { Value = ids });
                command.Parameters.Add(new() { Value = Array.ConvertAll(ids, id => id * 3) });
                return await command.ExecuteNonQueryAsync(cancellationToken);
            },
        });

        Assert.That(status.RowsChanged, Is.EqualTo(2250));
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM computed WHERE v = CASE WHEN id % 4 = 0 THEN 1 ELSE id * 3 END"), Is.EqualTo(3000));
    }

    [Test]
    public async Task Ordered_stages_come_one_after_the_other()
    {
        await CreateAsync("staged", 3000);
        await Primary.ExecuteAsync("DROP SEQUENCE IF EXISTS staged_order; CREATE SEQUENCE staged_order");

        await Backfill.RunAsync(new("staged", "staged")
        {
            Set = { ["v"] = "nextval('staged_order')" },
            Where = "t.v IS NULL",
            Stages = [new("last", "t.id > 2000"), new("middle", "t.id > 1000")],
        });

        Assert.That(await Primary.ScalarAsync<long>("SELECT max(v) FROM staged WHERE id > 2000"), Is.LessThan(await Primary.ScalarAsync<long>("SELECT min(v) FROM staged WHERE id BETWEEN 1001 AND 2000")));
        Assert.That(await Primary.ScalarAsync<long>("SELECT max(v) FROM staged WHERE id > 1000"), Is.LessThan(await Primary.ScalarAsync<long>("SELECT min(v) FROM staged WHERE id <= 1000")));
    }

    [Test]
    public async Task Stripes_change_every_row_once()
    {
        await CreateAsync("striped", 20_000, "0");

        var status = await Backfill.RunAsync(new("striped", "striped") { Set = { ["v"] = "t.v + 1" }, Form = BackfillForm.Striped });

        Assert.That(status.RowsChanged, Is.EqualTo(20_000));
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM striped WHERE v = 1"), Is.EqualTo(20_000));
    }

    [TestCase("i + i / 3", TestName = "Stripes_change_every_row_once_where_few_keys_are_missing")]
    [TestCase("i * 50", TestName = "Stripes_change_every_row_once_where_most_keys_are_missing")]
    [TestCase("i - 10000", TestName = "Stripes_change_every_row_once_below_zero_too")]
    public async Task Stripes_change_every_row_once_whatever_is_missing(string key)
    {
        await Primary.ExecuteAsync($"DROP TABLE IF EXISTS gaps; CREATE TABLE gaps (id bigint PRIMARY KEY, v bigint); INSERT INTO gaps SELECT {key}, 0 FROM generate_series(1, 20000) i; ANALYZE gaps");

        var status = await Backfill.RunAsync(new(TestContext.CurrentContext.Test.Name, "gaps") { Set = { ["v"] = "t.v + 1" }, Form = BackfillForm.Striped });

        Assert.That(status.RowsChanged, Is.EqualTo(20_000));
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM gaps WHERE v = 1"), Is.EqualTo(20_000));
    }

    [Test]
    public async Task Stripes_are_given_up_when_an_old_snapshot_keeps_pages_from_making_room()
    {
        await CreateAsync("crowded", 20_000, "0");
        await using var holder = await Primary.OpenConnectionAsync();
        await using var transaction = await holder.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await using var command = new NpgsqlCommand("SELECT count(*) FROM crowded", holder);
        await command.ExecuteNonQueryAsync();

        await Backfill.RunAsync(new("crowded", "crowded") { Set = { ["v"] = "t.v + 1" }, Form = BackfillForm.Striped });

        Assert.That(_filled.Log.Texts, Has.Some.Contains("backfill 'crowded' goes on in plain ranges"));
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM crowded WHERE v = 1"), Is.EqualTo(20_000));
    }

    [Test]
    public async Task Most_updates_of_stripes_write_to_no_index()
    {
        await CreateAsync("roomy", 50_000, "0");
        await Backfill.RunAsync(new("roomy", "roomy") { Set = { ["v"] = "t.v + 1" }, Form = BackfillForm.Striped });
        Assert.That(_filled.Log.Texts, Has.None.Contains("backfill 'roomy' goes on in plain ranges"));
        Assert.That(
            await Primary.ScalarAsync<long>("SELECT pg_indexes_size('roomy')"),
            Is.LessThan(1.3 * await FreshIndexSizeAsync()));
    }

    [Test]
    public async Task Rows_that_are_left_are_counted()
    {
        await CreateAsync("counted", 1_000, "CASE WHEN i % 4 = 0 THEN 1 END");
        BackfillDefinition definition = new("counted", "counted") { Set = { ["v"] = "1" }, Where = "t.v IS NULL" };
        Assert.That(await Backfill.CountLeftAsync(definition), Is.EqualTo(750));
        await Backfill.RunAsync(definition);
        Assert.That(await Backfill.CountLeftAsync(definition), Is.Zero);
    }

    [Test]
    public async Task Workers_share_the_ranges_and_no_row_is_changed_twice()
    {
        await CreateAsync("shared", 20_000, "0");

        var status = await Backfill.RunAsync(new("shared", "shared") { Set = { ["v"] = "t.v + 1" }, Ranges = 12 }, progress: null, new() { Workers = 4 });

        Assert.That(status.RowsChanged, Is.EqualTo(20_000));
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM shared WHERE v = 1"), Is.EqualTo(20_000));
        Assert.That(await Primary.ScalarAsync<long>("SELECT count(*) FROM pgscale.backfill_range WHERE name = 'shared' AND rows_changed > 0"), Is.EqualTo(12));
    }

    private async Task<long> FreshIndexSizeAsync()
    {
        await Primary.ExecuteAsync("CREATE TABLE roomy_fresh (LIKE roomy INCLUDING INDEXES); INSERT INTO roomy_fresh SELECT * FROM roomy ORDER BY id");
        return await Primary.ScalarAsync<long>("SELECT pg_indexes_size('roomy_fresh')");
    }

    private Task<int> CreateAsync(string table, int rows, string value = "NULL::bigint") => Primary.ExecuteAsync(
        $"""
        DROP TABLE IF EXISTS {table};
        CREATE TABLE {table} (id bigint PRIMARY KEY, v bigint);
        INSERT INTO {table} SELECT i, {value} FROM generate_series(1, {rows}) i;
        ANALYZE {table};
        """);
}
