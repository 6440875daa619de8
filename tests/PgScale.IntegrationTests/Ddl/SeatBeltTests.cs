using PgScale.Ddl;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>What a step does is compared with what its plan announced, whoever made the plan.</summary>
public sealed class SeatBeltTests
{
    private PostgresCluster _cluster = null!;
    private Executed _executed = null!;

    [OneTimeSetUp]
    public async Task StartCluster()
    {
        await Needs.ServersAsync(TestServerKinds.Postgres);
        _cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions { Replicas = 0 });
        _executed = await Executed.StartAsync(_cluster);
        await _cluster.Primary.ExecuteAsync("""
            CREATE TABLE parent (id int PRIMARY KEY);
            CREATE TABLE t (id int PRIMARY KEY, a int, b text);
            INSERT INTO t SELECT i, i, repeat('x', 200) FROM generate_series(1, 2000) i
            """);
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

    [TestCase("ALTER TABLE t ALTER COLUMN a TYPE bigint", "wrote public.t anew")]
    [TestCase("ALTER TABLE t ADD CHECK (a > 0)", "read all of public.t")]
    [TestCase("ALTER TABLE t ALTER COLUMN a SET NOT NULL", "read all of public.t")]
    [TestCase("ALTER TABLE t ADD COLUMN p int REFERENCES parent", "ShareRowExclusiveLock on public.parent")]
    public async Task What_a_plan_did_not_announce_is_rolled_back(string sql, string surprise)
    {
        var before = await SchemaAsync();

        var failure = Assert.ThrowsAsync<DdlException>(() => _executed.Ddl.ExecuteAsync(Plans.Of(sql, Plans.Transaction(sql, Plans.Strong("t")))));

        Assert.That(failure!.Failure, Is.EqualTo(DdlFailure.Unannounced));
        Assert.That(failure.Message, Does.Contain(surprise));
        Assert.That(await SchemaAsync(), Is.EqualTo(before));
    }

    [Test]
    public async Task What_was_announced_passes()
    {
        const string sql = "ALTER TABLE t ALTER COLUMN b TYPE varchar(300), ADD CHECK (a > -1)";
        var step = Plans.Transaction(sql, Plans.Strong("t")) with { Rewrites = ["t"], Scans = ["t"] };

        var run = await _executed.Ddl.ExecuteAsync(Plans.Of(sql, step));

        Assert.That(run.Outcome, Is.EqualTo(DdlOutcome.Succeeded));
    }

    [Test]
    public async Task A_scan_of_an_earlier_step_is_not_held_against_a_later_one()
    {
        const string sql = "ALTER TABLE t ADD CONSTRAINT b_set CHECK (b IS NOT NULL) NOT VALID";
        var plan = Plans.Of(
            sql,
            Plans.Transaction(sql, Plans.Strong("t")),
            Plans.Validation("ALTER TABLE t VALIDATE CONSTRAINT b_set", "t"),
            Plans.Transaction("ALTER TABLE t ALTER COLUMN b SET NOT NULL", Plans.Strong("t")));

        var run = await _executed.Ddl.ExecuteAsync(plan);

        Assert.That(run.Outcome, Is.EqualTo(DdlOutcome.Succeeded));
    }

    private Task<string?> SchemaAsync() => _cluster.Primary.ScalarAsync<string>(
        "SELECT string_agg(attname || format_type(atttypid, atttypmod) || attnotnull, ',' ORDER BY attnum) || (SELECT count(*) FROM pg_constraint) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0");
}
