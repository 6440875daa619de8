using System.Globalization;
using PgScale.IntegrationTests.Cluster;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Routing;

/// <summary>Writers record what they wrote and its token, readers verify, while a nemesis pauses, delays, cuts, kills, freezes and promotes.</summary>
/// <remarks>
/// <c>PGSCALE_CHECK_READS</c> is how many reads are checked at least (default 20,000; <c>PGSCALE_CHECK_READS=200000 ./build.sh test
/// --filter ConsistencyChecker</c> is the long form), <c>PGSCALE_CHECK_SEED</c> repeats the order of faults.
/// </remarks>
[Parallelizable(ParallelScope.None)]
internal sealed class ConsistencyCheckerTests
{
    private const int Writers = 4;
    private const int KeysPerWriter = 4;
    private const int Readers = 8;
    private const int Keys = Writers * KeysPerWriter;

    private static readonly int LeastReads = Read("PGSCALE_CHECK_READS", 20_000);
    private static readonly int Seed = Read("PGSCALE_CHECK_SEED", Random.Shared.Next());

    private readonly AcknowledgedWrites _writes = new();
    private readonly CheckReport _report = new();

    [Test]
    public async Task No_read_is_stale_and_no_write_is_lost_or_done_twice_while_servers_fail_and_change_roles()
    {
        await TestContext.Out.WriteLineAsync($"PGSCALE_CHECK_SEED={Seed}");
        await using var cluster = await EveryVersion.StartAsync(version: null);
        await cluster.Primary.ExecuteAsync(
            $"""
            CREATE TABLE checked_keys (key int PRIMARY KEY, value bigint NOT NULL);
            CREATE TABLE checked_writes (key int NOT NULL, value bigint NOT NULL);
            INSERT INTO checked_keys SELECT key, 0 FROM generate_series(0, {Keys + Readers - 1}) AS key
            """);
        await cluster.WaitForReplicasAsync();
        var nemesis = new Nemesis(cluster, new(Seed));
        await RunAsync(cluster, nemesis);
        await TestContext.Out.WriteLineAsync($"{_report}\n  {_writes.Count} writes acknowledged, {_writes.UnknownCount} of unknown outcome, {nemesis.Faults} faults, {nemesis.Promotions} promotions");
        Assert.That(_writes.Compare(await StoredAsync(cluster.Primary)), Is.Empty);
        Assert.That(_report.Violations, Is.Empty);
        Assert.That(_report.Checked, Is.GreaterThanOrEqualTo(LeastReads));
    }

    // Writers and readers each have a router of their own, as in two processes: what one has learnt, the other does not know.
    private async Task RunAsync(PostgresCluster cluster, Nemesis nemesis)
    {
        await using var writing = await Routed.StartAsync(cluster);
        await using var reading = await Routed.StartAsync(cluster);
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, Writers)
            .Select(writer => new CheckedWriter(writing.Router, _writes, _report, writer * KeysPerWriter, KeysPerWriter))
            .Select(writer => Task.Run(() => writer.RunAsync(stop.Token)))
            .Concat(Enumerable.Range(0, Readers)
                .Select(reader => new CheckedReader(reading.Router, _writes, _report, new(Seed + reader), Keys, Keys + reader))
                .Select(reader => Task.Run(() => reader.RunAsync(stop.Token))))
            .ToList();
        try
        {
            do
            {
                await nemesis.StrikeAsync();
            }
            while ((_report.Checked < LeastReads || !nemesis.HasDoneItsWorst) && !clients.Exists(client => client.IsFaulted));
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(clients);
        }
    }

    private static async Task<List<(int Key, long Value)>> StoredAsync(PostgresServer primary)
    {
        await using var connection = await primary.OpenConnectionAsync();
        await using var command = new Npgsql.NpgsqlCommand("SELECT key, value FROM checked_writes", connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<(int, long)>();
        while (await reader.ReadAsync())
        {
            rows.Add((reader.GetInt32(0), reader.GetInt64(1)));
        }

        return rows;
    }

    private static int Read(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
}
