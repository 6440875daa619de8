using System.Text.Json;
using PgScale.IntegrationTests.Cluster;
using PgScale.Testing;
using PgScaleCommandLine = PgScale.Cli.CommandLine;

namespace PgScale.IntegrationTests.Backfill;

/// <summary><c>pgscale backfill</c> on a real server: what it prints, and how it ends.</summary>
internal sealed class CommandTests
{
    private PostgresCluster _cluster = null!;

    [OneTimeSetUp]
    public async Task StartClusterAsync()
    {
        _cluster = await EveryVersion.StartAsync(version: null, replicas: 0);
        await _cluster.Primary.ExecuteAsync(
            """
            CREATE TABLE filled (id bigint PRIMARY KEY, v bigint);
            INSERT INTO filled SELECT i, NULL FROM generate_series(1, 3000) i;
            CREATE TABLE keyless (v bigint);
            ANALYZE;
            """);
    }

    [OneTimeTearDown]
    public async Task StopClusterAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [Test]
    public async Task Plan_shows_what_would_be_done_and_changes_nothing()
    {
        var (code, lines) = await RunAsync("plan", "planned", "--table", "filled", "--set", "v=t.id * 2", "--where", "t.v IS NULL", "--json");
        Assert.That(code, Is.Zero);
        Assert.That(lines[0].GetProperty("rows_estimated").GetInt64(), Is.EqualTo(3000));
        Assert.That(lines[0].GetProperty("samples")[0].GetProperty("after").GetString(), Is.EqualTo("2"));
        Assert.That(await _cluster.Primary.ScalarAsync<bool>("SELECT to_regclass('pgscale.backfill') IS NULL OR NOT EXISTS (SELECT FROM filled WHERE v = -5)"), Is.True);
    }

    [Test]
    public async Task Run_prints_a_line_for_each_change_and_ends_with_the_status()
    {
        await _cluster.Primary.ExecuteAsync("CREATE TABLE ran (id bigint PRIMARY KEY, v bigint); INSERT INTO ran SELECT i, 0 FROM generate_series(1, 3000) i; ANALYZE ran");
        var (code, lines) = await RunAsync("run", "ran", "--table", "ran", "--set", "v=t.v + 1", "--max-batch-rows", "200");
        Assert.That(code, Is.Zero);
        Assert.That(lines[^1].GetProperty("state").GetString(), Is.EqualTo("completed"));
        Assert.That(lines[^1].GetProperty("rows_changed").GetInt64(), Is.EqualTo(3000));
        Assert.That(lines[..^1].Select(line => line.GetProperty("kind").GetString()), Is.All.EqualTo("progress").And.Not.Empty);
        Assert.That(await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM ran WHERE v = 1"), Is.EqualTo(3000));
    }

    [Test]
    public async Task Other_commands_steer_a_run_from_their_own_process()
    {
        await _cluster.Primary.ExecuteAsync("CREATE TABLE steered (id bigint PRIMARY KEY, v bigint); INSERT INTO steered SELECT i, 0 FROM generate_series(1, 20000) i; ANALYZE steered");
        var running = RunAsync("run", "steered", "--table", "steered", "--set", "v=t.v + 1", "--max-batch-rows", "100", "--max-rows-per-second", "500");
        await PgScale.IntegrationTests.Testing.Eventually.IsTrueAsync(async () => (await RunAsync("status", "steered", "--json")).Code == 0, "it has begun");

        Assert.That(StateOf(await RunAsync("pause", "steered", "--reason", "lunch", "--json")), Is.EqualTo("paused"));
        Assert.That(StateOf(await RunAsync("set", "steered", "--max-rows-per-second", "1000000", "--json")), Is.EqualTo("paused"));
        Assert.That(StateOf(await RunAsync("resume", "steered", "--json")), Is.EqualTo("running"));
        Assert.That((await running).Code, Is.Zero);
        Assert.That((await RunAsync("pause", "steered")).Code, Is.EqualTo(1), "what is done cannot be paused");
    }

    [Test]
    public async Task Run_that_is_cancelled_says_so_with_its_exit_code()
    {
        await _cluster.Primary.ExecuteAsync("CREATE TABLE given_up (id bigint PRIMARY KEY, v bigint); INSERT INTO given_up SELECT i, 0 FROM generate_series(1, 20000) i; ANALYZE given_up");
        var running = RunAsync("run", "given_up", "--table", "given_up", "--set", "v=t.v + 1", "--max-batch-rows", "100", "--max-rows-per-second", "500");
        await PgScale.IntegrationTests.Testing.Eventually.IsTrueAsync(async () => (await RunAsync("cancel", "given_up")).Code == 0, "it is cancelled");
        Assert.That((await running).Code, Is.EqualTo(3));
    }

    [TestCase(1, "run", "refused", "--table", "keyless", "--set", "v=1")]
    [TestCase(2, "run", "wrong", "--table", "filled", "--set", "v")]
    [TestCase(2, "run", "wrong", "--table", "filled", "--set", "v=1", "--window", "soon")]
    [TestCase(2, "run", "wrong", "--table", "filled", "--set", "v=1", "--workers", "0")]
    [TestCase(2, "status", "unknown")]
    [TestCase(1, "pause", "unknown")]
    public async Task What_cannot_be_done_has_an_exit_code_and_a_sentence(int expected, params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = await PgScaleCommandLine.RunAsync(["backfill", .. arguments, "--connection", _cluster.Primary.ConnectionString], output, errors);
        Assert.That(code, Is.EqualTo(expected), errors.ToString());
        Assert.That(errors.ToString(), Is.Not.Empty);
    }

    private static string? StateOf((int Code, List<JsonElement> Lines) result) => result.Lines[^1].GetProperty("state").GetString();

    private async Task<(int Code, List<JsonElement> Lines)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = await PgScaleCommandLine.RunAsync(["backfill", .. arguments, "--connection", _cluster.Primary.ConnectionString], output, errors);
        return (code, [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith('{')).Select(line => JsonDocument.Parse(line).RootElement)]);
    }
}
