using PgScale.Ddl;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>A folder of files is run once, in order, and gone on with where it stopped.</summary>
public sealed class MigrationTests
{
    private PostgresCluster _cluster = null!;
    private Executed _executed = null!;
    private string _folder = null!;

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
    public async Task MakeFolder()
    {
        await _cluster.Primary.ExecuteAsync("DROP SCHEMA IF EXISTS pgscale CASCADE; DROP TABLE IF EXISTS a, b, c");
        _folder = Directory.CreateTempSubdirectory("pgscale-migrations-").FullName;
        Write("002.sql", "CREATE TABLE b (id int);\n-- a comment; not a statement\nCREATE TABLE c (id int);");
        Write("001.sql", "CREATE TABLE a (id int);");
    }

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Files_are_run_in_the_order_of_their_names_and_once()
    {
        var ddl = _executed.Trusting();

        var first = await ddl.MigrateAsync(_folder);
        var second = await ddl.MigrateAsync(_folder);

        Assert.That(first.Select(run => (run.Migration, run.Plan.Statement)), Is.EqualTo(new[]
        {
            ("001.sql", "CREATE TABLE a (id int)"), ("002.sql", "CREATE TABLE b (id int)"), ("002.sql", "CREATE TABLE c (id int)"),
        }));
        Assert.That(second, Is.Empty);
        Assert.That((await ddl.GetMigrationsAsync(_folder)).Select(file => file.IsApplied), Is.All.True);
    }

    [Test]
    public async Task Two_runners_of_one_folder_run_each_statement_once()
    {
        var runs = await Task.WhenAll(_executed.Trusting().MigrateAsync(_folder), _executed.Trusting().MigrateAsync(_folder));

        Assert.That(runs.Sum(one => one.Count), Is.EqualTo(3));
    }

    [Test]
    public async Task After_a_failure_it_goes_on_with_the_statement_that_failed_which_may_be_corrected()
    {
        var ddl = _executed.Trusting();
        Write("002.sql", "CREATE TABLE b (id int); CREATE TABLE c (id missing);");
        var failure = Assert.ThrowsAsync<DdlException>(() => ddl.MigrateAsync(_folder));
        Write("002.sql", "CREATE TABLE b (id int); CREATE TABLE c (id int);");

        var runs = await ddl.MigrateAsync(_folder);

        Assert.That(failure!.Plan!.Statement, Is.EqualTo("CREATE TABLE c (id missing)"));
        Assert.That(runs.Select(run => run.Plan.Statement), Is.EqualTo(new[] { "CREATE TABLE c (id int)" }));
    }

    [Test]
    public async Task A_file_that_was_changed_after_it_was_applied_is_refused_before_anything_is_run()
    {
        var ddl = _executed.Trusting();
        await ddl.MigrateAsync(_folder);
        Write("001.sql", "CREATE TABLE a (id bigint);");
        Write("003.sql", "CREATE TABLE d (id int);");

        var failure = Assert.ThrowsAsync<DdlException>(() => ddl.MigrateAsync(_folder));

        Assert.That(failure!.Failure, Is.EqualTo(DdlFailure.MigrationMismatch));
        Assert.That(await _cluster.Primary.ScalarAsync<bool>("SELECT to_regclass('d') IS NULL"), Is.True);
    }

    [Test]
    public async Task A_file_before_one_that_was_applied_is_refused_unless_allowed()
    {
        await _executed.Trusting().MigrateAsync(_folder);
        Write("000.sql", "CREATE TABLE IF NOT EXISTS a (id int);");

        var failure = Assert.ThrowsAsync<DdlException>(() => _executed.Trusting().MigrateAsync(_folder));
        var runs = await _executed.Trusting(options => options.AllowOutOfOrder = true).MigrateAsync(_folder);

        Assert.That(failure!.Message, Does.Contain("000.sql").And.Contains("AllowOutOfOrder"));
        Assert.That(runs, Has.Count.EqualTo(1));
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);
}
