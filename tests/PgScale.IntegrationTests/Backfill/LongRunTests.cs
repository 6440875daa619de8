using Npgsql;
using PgScale.Backfill;
using PgScale.IntegrationTests.Cluster;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Backfill;

/// <summary>The promises at full length, minutes each: only when a variable says how long.</summary>
internal sealed class LongRunTests
{
    private const int Rows = 1_000_000;
    private const int KillsPerFailover = 40;

    private PostgresCluster _cluster = null!;

    private async Task StartClusterAsync() => _cluster = await EveryVersion.StartAsync(version: null, replicas: 1);

    [TearDown]
    public async Task StopClusterAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [Test]
    public async Task Million_rows_with_many_kills_and_failovers_are_changed_exactly_once()
    {
        var kills = Asked("PGSCALE_BACKFILL_KILLS");
        await StartClusterAsync();
        await _cluster.Primary.ExecuteAsync($"CREATE TABLE much (id bigint PRIMARY KEY, v bigint NOT NULL); INSERT INTO much SELECT i, 0 FROM generate_series(1, {Rows}) i; ANALYZE much");
        await _cluster.WaitForReplicasAsync();
        string[] servers = ["much", .. _cluster.Servers.Select(server => server.ConnectionString)];
        for (var kill = 1; kill <= kills; kill++)
        {
            using var child = ChildProcess.Start(["backfill", .. servers]);
            Assert.That(await child.ReadLineAsync(), Is.EqualTo("running"));
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(100, 1_000)), TimeProvider.System);
            if (kill % KillsPerFailover == 0)
            {
                await FailOverAsync();
            }

            await child.KillAsync();
        }

        await using var filled = await Filled.StartAsync(_cluster);
        await filled.Backfill.RunAsync(BackfillOfAChild.Definition("much"), progress: null, new() { Joins = true });
        Assert.That(await _cluster.Primary.ScalarAsync<string>("SELECT string_agg(DISTINCT v::text, ',') FROM much"), Is.EqualTo("1"));
        Assert.That(await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM much"), Is.EqualTo(Rows));
    }

    [Test]
    public async Task Racing_writes_are_never_overwritten()
    {
        var races = Asked("PGSCALE_BACKFILL_RACES");
        await StartClusterAsync();
        await _cluster.Primary.ExecuteAsync($"CREATE TABLE raced_long (id bigint PRIMARY KEY, v bigint); INSERT INTO raced_long SELECT i, NULL FROM generate_series(1, {races}) i; ANALYZE raced_long");
        await using var filled = await Filled.StartAsync(_cluster);
        var definition = new BackfillDefinition("raced_long", "raced_long") { Set = { ["v"] = "t.id" }, Where = "t.v IS NULL", Pace = new() { MaxBatchRows = 100, MaxRowsPerSecond = 3_000, IgnoreReplicas = ["replica1"] } };
        var running = filled.Backfill.RunAsync(definition);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(client => Task.Run(() => WriteAsync(client, races))));
        await running;

        // Every row was written by somebody else too, before the backfill, beside it or behind it.
        Assert.That(await _cluster.Primary.ScalarAsync<long>("SELECT count(*) FROM raced_long WHERE v = -1"), Is.EqualTo(races));
    }

    private async Task WriteAsync(int client, int races)
    {
        await using var connection = await _cluster.Primary.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("UPDATE raced_long SET v = -1 WHERE id = $1", connection) { Parameters = { new() { Value = 0L } } };
        await command.PrepareAsync();
        for (var id = 1 + client; id <= races; id += 8)
        {
            command.Parameters[0].Value = (long)id;
            await command.ExecuteNonQueryAsync();
        }
    }

    private static int Asked(string variable)
    {
        var text = Environment.GetEnvironmentVariable(variable);
        if (text is null)
        {
            Assert.Ignore($"It takes minutes. Set {variable} to run it.");
        }

        return int.Parse(text!, System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task FailOverAsync()
    {
        var (old, next) = (_cluster.Primary, _cluster.Replicas[0]);
        await old.KillAsync();
        await _cluster.PromoteAsync(next);
        await _cluster.RejoinAsync(old);
    }
}
