using PgScale.Ddl;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>Statements as users write them, judged and run, with clients at work and the check before COMMIT in force.</summary>
public sealed class JudgedTests
{
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
        DROP SCHEMA IF EXISTS pgscale CASCADE; DROP TABLE IF EXISTS lines, orders, customers;
        CREATE TABLE customers (id int PRIMARY KEY, name text); INSERT INTO customers SELECT i, 'n' FROM generate_series(1, 100) i;
        CREATE TABLE orders (id int PRIMARY KEY, b bigint, customer int, note text);
        INSERT INTO orders SELECT i, 0, 1 + i % 100, repeat('x', 100) FROM generate_series(1, 5000) i
        """);

    [TestCase("ALTER TABLE orders ADD COLUMN version int")]
    [TestCase("ALTER TABLE orders ALTER COLUMN customer SET NOT NULL")]
    [TestCase("CREATE INDEX orders_customer ON orders (customer)")]
    [TestCase("ALTER TABLE orders ADD CONSTRAINT positive CHECK (customer > 0)")]
    [TestCase("ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (customer) REFERENCES customers (id)")]
    [TestCase("ALTER TABLE orders ADD CONSTRAINT orders_unique UNIQUE (note, id)")]
    [TestCase("ALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid()")]
    [TestCase("ALTER TABLE orders ADD COLUMN number bigserial")]
    [TestCase("ALTER TABLE orders ALTER COLUMN id TYPE bigint")]
    [TestCase("ALTER TABLE orders DROP COLUMN note")]
    public async Task It_is_run_while_clients_write(string sql)
    {
        await using var load = ForegroundLoad.Start(_cluster.Primary.ConnectionString, "orders", 2);

        var run = await _executed.Ddl.ExecuteAsync(sql);

        await TestContext.Out.WriteLineAsync($"{run.Steps.Count} steps, locks held for {run.Steps.Max(step => step.Held).TotalMilliseconds:0} ms at most, longest stall {load.Longest.TotalMilliseconds:0} ms");
        Assert.That(run.Outcome, Is.EqualTo(DdlOutcome.Succeeded));
        Assert.That(await _executed.Ddl.FindLeftoversAsync(), Is.Empty);
    }

    [Test]
    public async Task What_an_override_lets_pass_is_announced_in_whole()
    {
        await _cluster.Primary.ExecuteAsync("""
            DROP TABLE IF EXISTS logged;
            CREATE TABLE logged (id bigserial, at int) PARTITION BY RANGE (at);
            CREATE TABLE logged_1 PARTITION OF logged FOR VALUES FROM (0) TO (10);
            INSERT INTO logged (at) SELECT 1 FROM generate_series(1, 1000)
            """);
        await using var bold = await Executed.StartAsync(_cluster, options => options.Policy = new() { Overrides = [new(DdlRules.Truncate.Id, "the log is kept elsewhere")] });

        await bold.Ddl.ExecuteAsync("TRUNCATE logged RESTART IDENTITY");

        Assert.That(await _cluster.Primary.ScalarAsync<long>("SELECT count(*) + nextval('logged_id_seq') FROM logged"), Is.EqualTo(1));
    }

    [Test]
    public async Task Values_that_are_too_long_for_the_new_type_stop_it_and_are_not_cut()
    {
        var failure = Assert.ThrowsAsync<DdlException>(() => _executed.Ddl.ExecuteAsync("ALTER TABLE orders ALTER COLUMN note TYPE varchar(10)"));

        Assert.That(failure!.Message, Does.Contain("too long"));
        Assert.That(await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM orders WHERE length(note) = 100"), Is.EqualTo(5000));
    }

    [Test]
    public void What_is_refused_is_not_run()
    {
        var failure = Assert.ThrowsAsync<DdlException>(() => _executed.Ddl.ExecuteAsync("UPDATE orders SET b = 1"));

        Assert.That(failure!.Failure, Is.EqualTo(DdlFailure.Refused));
        Assert.That(failure.Plan!.Rules, Is.Not.Empty);
    }
}
