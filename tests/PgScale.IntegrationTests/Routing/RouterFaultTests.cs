using System.Diagnostics;
using PgScale.Cluster;
using PgScale.IntegrationTests.Cluster;
using PgScale.Routing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Routing;

/// <summary>Servers that die, hang and change roles under load.</summary>
[Parallelizable(ParallelScope.None)]
internal sealed class RouterFaultTests
{
    private PostgresCluster _cluster = null!;
    private Routed _routed = null!;

    [SetUp]
    public async Task StartClusterAsync()
    {
        _cluster = await EveryVersion.StartAsync(version: null);
        await _cluster.Primary.ExecuteAsync("CREATE TABLE counted (id bigserial PRIMARY KEY, client int NOT NULL, number int NOT NULL, UNIQUE (client, number))");
        await _cluster.WaitForReplicasAsync();
        _routed = await Routed.StartAsync(_cluster);
    }

    [TearDown]
    public async Task StopClusterAsync()
    {
        if (_routed is not null)
        {
            await _routed.DisposeAsync();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [Test]
    public async Task No_read_fails_when_a_replica_is_killed_under_load()
    {
        var reads = 0;
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await _routed.PortOfReadAsync();
                Interlocked.Increment(ref reads);
            }
        })).ToList();
        await UntilAsync(() => Volatile.Read(ref reads) > 500);
        await _cluster["replica1"].KillAsync();
        var after = Volatile.Read(ref reads);
        await UntilAsync(() => Volatile.Read(ref reads) > after + 500);
        await _cluster["replica1"].StartAsync();
        await _routed.UntilAsync(snapshot => snapshot.Find("replica1")!.Health == NodeHealth.Healthy);
        await stop.CancelAsync();
        Assert.That(async () => await Task.WhenAll(clients), Throws.Nothing);
    }

    [Test]
    public async Task Read_that_asks_for_a_write_lost_in_a_failover_sees_the_primary_and_is_told_of_once()
    {
        await _cluster["replica1"].CutWalReceiverAsync();
        await _cluster["replica2"].CutWalReceiverAsync();
        var lost = await _routed.Router.WriteAsync((connection, cancellation) => Routed.ExecuteAsync(connection, "INSERT INTO counted (client, number) VALUES (1, 1)", cancellation));
        await _routed.UntilAsync(known => known.Find("replica1")!.Lag.Bytes > 0);
        await _cluster.Primary.KillAsync();
        await _cluster.PromoteAsync(_cluster["replica1"]);
        await _routed.UntilAsync(known => known.Primary?.Name == "replica1");
        for (var read = 0; read < 2; read++)
        {
            Assert.That(await _routed.PortOfReadAsync(new() { Token = lost.Token }), Is.EqualTo(_cluster["replica1"].Port));
        }

        Assert.That(_routed.Log.Count(2007), Is.EqualTo(1));
    }

    [Test]
    public async Task Reads_on_a_replica_that_freezes_are_done_elsewhere_within_a_second()
    {
        var longest = TimeSpan.Zero;
        var reads = 0;
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var startedAt = Stopwatch.GetTimestamp();
                await _routed.PortOfReadAsync();
                Interlocked.Increment(ref reads);
                lock (_routed)
                {
                    longest = TimeSpan.FromTicks(Math.Max(longest.Ticks, Stopwatch.GetElapsedTime(startedAt).Ticks));
                }
            }
        })).ToList();
        await UntilAsync(() => Volatile.Read(ref reads) > 500);
        longest = TimeSpan.Zero;
        await _cluster["replica1"].FreezeAsync();
        var after = Volatile.Read(ref reads);
        await _routed.UntilAsync(snapshot => snapshot.Find("replica1")!.Health == NodeHealth.Unreachable);
        await UntilAsync(() => Volatile.Read(ref reads) > after + 1000);
        await stop.CancelAsync();
        Assert.That(async () => await Task.WhenAll(clients), Throws.Nothing);
        Assert.That(longest, Is.LessThan(TimeSpan.FromSeconds(1.5)));
        await _cluster["replica1"].ThawAsync();
    }

    [Test]
    public async Task Reads_leave_a_replica_that_freezes_without_the_verdict_of_the_monitor()
    {
        await using var routed = await Routed.StartAsync(_cluster, configure: options => (options.Probe.Timeout, options.Probe.AbandonAfter) = (TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30)));
        var connecting = Enumerable.Range(0, 30).Select(_ => routed.Router.ReadAsync((connection, cancellation) => Routed.ExecuteAsync(connection, "SELECT pg_sleep(0.05)", cancellation)));
        await Task.WhenAll(connecting); // every pool has connections
        var victim = _cluster["replica1"];
        await victim.FreezeAsync();
        var reads = Task.WhenAll(Enumerable.Range(0, 16).Select(_ => routed.PortOfReadAsync()));
        var isInTime = await Task.WhenAny(reads, Task.Delay(TimeSpan.FromSeconds(10), TimeProvider.System)) == reads;
        Assert.That(() => routed.Log.Texts, Has.Some.Contains("replica1 seems to hang").After(10_000, 10));
        var health = routed.Monitor.Current.Find("replica1")!.Health;
        await victim.ThawAsync();
        Assert.That((isInTime, health), Is.EqualTo((true, NodeHealth.Healthy)));
        Assert.That(await reads, Has.None.EqualTo(victim.Port));
    }

    [Test]
    public async Task Long_read_does_not_make_its_node_suspect()
    {
        // More patience than usual, so that a busy machine does not make a probe late.
        await using var routed = await Routed.StartAsync(_cluster, routing => routing.SuspicionAfter = TimeSpan.FromMilliseconds(150));
        var runs = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => routed.Router.ReadAsync((connection, cancellation) =>
        {
            Interlocked.Increment(ref runs);
            return Routed.ExecuteAsync(connection, "SELECT pg_sleep(1.5)", cancellation);
        })));
        Assert.That((runs, routed.Log.Count(2005)), Is.EqualTo((4, 0)));
    }

    [Test]
    public async Task Leases_after_a_restart_of_their_node_get_no_connection_from_before_it()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ =>
            _routed.Router.ReadAsync((connection, cancellation) => Routed.ExecuteAsync(connection, "SELECT pg_sleep(0.05)", cancellation))));
        foreach (var replica in _cluster.Replicas)
        {
            await replica.KillAsync();
            await _routed.UntilAsync(snapshot => !snapshot.Find(replica.Name)!.IsUsable);
            await replica.StartAsync();
            await _routed.UntilAsync(snapshot => snapshot.Find(replica.Name)!.Health == NodeHealth.Healthy);
        }

        for (var i = 0; i < 30; i++)
        {
            await using var connection = await _routed.Router.AsDataSource().OpenConnectionAsync();
            Assert.That(await Dapper.SqlMapper.QuerySingleAsync<int>(connection, "SELECT current_setting('port')::int"), Is.Positive);
        }
    }

    [Test]
    public async Task Writes_wait_for_the_new_primary_and_none_is_lost_or_done_twice()
    {
        var written = new System.Collections.Concurrent.ConcurrentBag<(int Client, int Number)>();
        var unknown = new System.Collections.Concurrent.ConcurrentBag<(int Client, int Number)>();
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 8).Select(client => Task.Run(async () =>
        {
            for (var number = 0; !stop.IsCancellationRequested; number++)
            {
                try
                {
                    await _routed.Router.WriteAsync((connection, cancellation) =>
                        Routed.ExecuteAsync(connection, $"INSERT INTO counted (client, number) VALUES ({client}, {number})", cancellation));
                    written.Add((client, number));
                }
                catch (WriteOutcomeUnknownException)
                {
                    unknown.Add((client, number));
                }
            }
        })).ToList();
        await UntilAsync(() => written.Count > 100);
        await _cluster.Primary.StopAsync(); // fast: all that was acknowledged has reached the replicas
        await _cluster.PromoteAsync(_cluster["replica1"]);
        var after = written.Count;
        await UntilAsync(() => written.Count > after + 100);
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        await using var connection = await _cluster.Primary.OpenConnectionAsync();
        var stored = new HashSet<(int, int)>();
        await using var command = new Npgsql.NpgsqlCommand("SELECT client, number FROM counted", connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            Assert.That(stored.Add((reader.GetInt32(0), reader.GetInt32(1))), Is.True, "applied twice");
        }

        Assert.That(written.Except(stored.Select(row => (row.Item1, row.Item2))), Is.Empty, "acknowledged and lost");
        Assert.That(stored.Except(written).Except(unknown), Is.Empty, "stored without having been acknowledged or reported as unknown");
    }

    [Test]
    public async Task Without_replicas_reads_fall_back_to_the_primary_within_the_budget_and_the_rest_is_rejected_at_once()
    {
        await _routed.DisposeAsync();
        _routed = await Routed.StartAsync(_cluster, routing => (routing.FallbackConcurrency, routing.FallbackPerSecond) = (4, 100_000));
        await _cluster["replica1"].KillAsync();
        await _cluster["replica2"].KillAsync();
        await _routed.UntilAsync(snapshot => snapshot.Replicas.All(node => !node.IsUsable));
        var (most, served, rejected) = (0L, 0, 0);
        await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                try
                {
                    var active = await _routed.Router.ReadAsync(
                        (connection, cancellation) => Routed.ScalarAsync<long>(connection,
                            "SELECT count(*) FROM pg_stat_activity, pg_sleep(0.005) WHERE application_name LIKE 'pgscale-read%' AND state = 'active'", cancellation),
                        new() { Tier = TierNames.Critical });
                    Interlocked.Increment(ref served);
                    lock (_cluster)
                    {
                        most = Math.Max(most, active);
                    }
                }
                catch (ReadRejectedException refusal)
                {
                    Assert.That(refusal.RetryAfter, Is.GreaterThan(TimeSpan.Zero));
                    Assert.That(refusal.Nodes, Has.Length.EqualTo(3));
                    Interlocked.Increment(ref rejected);
                }
            }
        })));
        Assert.That(most, Is.LessThanOrEqualTo(4));
        Assert.That((served, rejected), Is.Not.EqualTo((640, 0)));
        Assert.That(served, Is.GreaterThan(0));
    }

    private static Task UntilAsync(Func<bool> condition) => Task.Run(() => Assert.That(condition, Is.True.After(30_000, 5)));
}
