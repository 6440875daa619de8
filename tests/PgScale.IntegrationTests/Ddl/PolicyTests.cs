using PgScale.Ddl;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>What a team may ask for: views of old names, triggers in place of generated columns, tables that go later.</summary>
public sealed class PolicyTests
{
    private PostgresCluster _cluster = null!;

    [OneTimeSetUp]
    public async Task StartCluster()
    {
        await Needs.ServersAsync(TestServerKinds.Postgres);
        _cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions { Replicas = 0 });
        await _cluster.Primary.ExecuteAsync("CREATE ROLE reader LOGIN PASSWORD 'reader'");
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
    public Task MakeTable() => _cluster.Primary.ExecuteAsync("""
        DROP SCHEMA IF EXISTS public, archive, pgscale CASCADE; CREATE SCHEMA public; CREATE SCHEMA archive; GRANT USAGE ON SCHEMA public, archive TO reader;
        CREATE TABLE bills (id int PRIMARY KEY, net int, kind text);
        INSERT INTO bills SELECT i, i, 'b' FROM generate_series(1, 3000) i;
        GRANT SELECT, INSERT ON bills TO reader;
        ALTER TABLE bills ENABLE ROW LEVEL SECURITY;
        CREATE POLICY few ON bills TO reader USING (id <= 10) WITH CHECK (true)
        """);

    [TestCase("ALTER TABLE bills RENAME TO invoices")]
    [TestCase("ALTER TABLE bills SET SCHEMA archive")]
    public async Task A_table_of_a_new_name_is_found_under_the_old_one_with_the_same_rights_and_policies(string sql)
    {
        await using var executed = await Executed.StartAsync(_cluster, options => options.Policy = new() { RenameThroughView = true });

        await executed.Ddl.ExecuteAsync(sql);

        await using var reader = new Npgsql.NpgsqlConnection(_cluster.Primary.GetConnectionString(configure: builder => (builder.Username, builder.Password, builder.Pooling) = ("reader", "reader", false)));
        await reader.OpenAsync();
        await using var count = new Npgsql.NpgsqlCommand("INSERT INTO bills VALUES (0, 0, 'new'); SELECT count(*) FROM bills", reader);
        Assert.That(await count.ExecuteScalarAsync(), Is.EqualTo(11), "ten rows that the policy shows, and the new one");
        Assert.That(async () => await Executed.ExecuteAsync(reader, "DELETE FROM bills"), Throws.InstanceOf<Npgsql.PostgresException>());
    }

    [Test]
    public async Task A_stored_generated_column_is_kept_by_a_trigger_that_runs_last()
    {
        await _cluster.Primary.ExecuteAsync("""
            CREATE FUNCTION twice() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.net := 2 * NEW.net; RETURN NEW; END';
            CREATE TRIGGER zz_twice BEFORE INSERT ON bills FOR EACH ROW EXECUTE FUNCTION twice()
            """);
        await using var executed = await Executed.StartAsync(_cluster, options => options.Policy = new() { GeneratedThroughTrigger = true });

        await executed.Ddl.ExecuteAsync("ALTER TABLE bills ADD COLUMN gross int GENERATED ALWAYS AS (net * 3) STORED NOT NULL");
        await _cluster.Primary.ExecuteAsync("INSERT INTO bills (id, net) VALUES (0, 5); UPDATE bills SET gross = 1, net = 7 WHERE id = 1");

        Assert.That(await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM bills WHERE gross = net * 3"), Is.EqualTo(3001));
    }

    [Test]
    public async Task Without_leave_it_is_refused()
    {
        await using var executed = await Executed.StartAsync(_cluster);
        var plan = await executed.Ddl.AnalyzeAsync("ALTER TABLE bills ADD COLUMN gross int GENERATED ALWAYS AS (net * 3) STORED");
        Assert.That((plan.Verdict, plan.Rules.Single()), Is.EqualTo((DdlVerdict.Refused, "PGS013")));
    }

    [Test]
    public async Task Rows_that_are_written_without_triggers_stop_a_change_of_type_before_the_old_column_goes()
    {
        await _cluster.Primary.ExecuteAsync("ALTER TABLE bills DISABLE ROW LEVEL SECURITY");
        await using var executed = await Executed.StartAsync(_cluster);
        var bulk = new Bulk(_cluster);

        var failure = Assert.ThrowsAsync<DdlException>(() => executed.Ddl.ExecuteAsync("ALTER TABLE bills ALTER COLUMN net TYPE bigint", bulk));
        await _cluster.Primary.ExecuteAsync("UPDATE bills SET net = net WHERE id = -1");
        var run = await executed.Ddl.ExecuteAsync("ALTER TABLE bills ALTER COLUMN net TYPE bigint");

        Assert.That(failure!.Message, Does.Contain("without its triggers"));
        Assert.That(run.Outcome, Is.EqualTo(DdlOutcome.Succeeded));
        Assert.That(await _cluster.Primary.ScalarAsync<long>("SELECT net FROM bills WHERE id = -1"), Is.EqualTo(77));
    }

    // Loads a row with triggers disabled, once the rows have been filled.
    private sealed class Bulk(PostgresCluster cluster) : IProgress<DdlProgress>
    {
        public void Report(DdlProgress value)
        {
            if (value is { Step: 1, Stage: DdlProgressStage.Done })
            {
                using var connection = new Npgsql.NpgsqlConnection(cluster.Primary.ConnectionString);
                connection.Open();
                using var load = new Npgsql.NpgsqlCommand(
                    "BEGIN; ALTER TABLE bills DISABLE TRIGGER ALL; INSERT INTO bills VALUES (-1, 77, 'x'); ALTER TABLE bills ENABLE ALWAYS TRIGGER net_pgs_mirror; COMMIT", connection);
                load.ExecuteNonQuery();
            }
        }
    }
}
