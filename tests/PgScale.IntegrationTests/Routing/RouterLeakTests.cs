using Npgsql;
using PgScale.Cluster;
using PgScale.IntegrationTests.Cluster;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Routing;

/// <summary>What is taken is given back: after cancellations, hedges, failures of delegates, and behind a pooler.</summary>
internal sealed class RouterLeakTests
{
    private PostgresCluster _cluster = null!;

    [OneTimeSetUp]
    public async Task StartClusterAsync()
    {
        _cluster = await EveryVersion.StartAsync(version: null);
        await _cluster.Primary.ExecuteAsync("CREATE TABLE leaking (id int)");
        await _cluster.WaitForReplicasAsync();
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
    public async Task Ten_thousand_reads_with_random_cancellations_leave_nothing_behind([Values] bool hedging)
    {
        await using var routed = await Routed.StartAsync(_cluster, routing => routing.Tiers[TierNames.Important] = new() { Hedging = hedging, MinimumHedgeDelay = TimeSpan.Zero });
        await Parallel.ForAsync(0, 10_000, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            using var cancelled = new CancellationTokenSource();
            if (i % 2 == 0)
            {
                cancelled.CancelAfter(TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * 4));
            }

            try
            {
                await routed.Router.ReadAsync((connection, cancellation) => Routed.ScalarAsync<int>(connection, "SELECT 1", cancellation), cancellationToken: cancelled.Token);
            }
            catch (OperationCanceledException) when (i % 2 == 0)
            {
                // As ordered.
            }
        });
        Assert.That(() => routed.Debts(), Is.EqualTo((0, 0, 0)).After(5_000, 10));
        Assert.That(await routed.PortOfReadAsync(), Is.Positive);
    }

    [Test]
    public async Task Failure_of_the_delegate_that_is_not_the_servers_is_neither_retried_nor_held_against_the_node()
    {
        await using var routed = await Routed.StartAsync(_cluster);
        var runs = 0;
        Task<int> FailAsync(NpgsqlConnection connection, CancellationToken cancellation)
        {
            runs++;
            throw new System.Net.Sockets.SocketException();
        }

        Assert.That(async () => await routed.Router.ReadAsync(FailAsync), Throws.InstanceOf<System.Net.Sockets.SocketException>());
        Assert.That(async () => await routed.Router.WriteAsync(FailAsync), Throws.InstanceOf<System.Net.Sockets.SocketException>());
        Assert.That(runs, Is.EqualTo(2));
        Assert.That(routed.Debts(), Is.EqualTo((0, 0, 0)));
    }

    [Test]
    public async Task Read_that_tries_to_write_runs_once_and_is_not_held_against_the_node()
    {
        await using var routed = await Routed.StartAsync(_cluster);
        var runs = 0;
        for (var i = 0; i < 10; i++)
        {
            Assert.That(
                async () => await routed.Router.ReadAsync((connection, cancellation) =>
                {
                    runs++;
                    return Routed.ExecuteAsync(connection, "DELETE FROM leaking", cancellation);
                }),
                Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo("25006"));
        }

        Assert.That(runs, Is.EqualTo(10));
        Assert.That(routed.Router.Core.Routes.Get(null).View.Candidates.ToArray().Select(candidate => candidate.Lane.FailuresInARow), Is.All.Zero);
    }

    [Test]
    public async Task Both_requests_of_a_hedge_that_fail_give_the_callers_error_and_leave_nothing_behind()
    {
        await using var routed = await HedgedAsync();
        var runs = 0;
        Assert.That(
            async () => await routed.Router.ReadAsync(async (connection, cancellation) =>
            {
                Interlocked.Increment(ref runs);
                return await Routed.ScalarAsync<int>(connection, "SELECT 1 / (pg_sleep(0.2) IS NULL)::int", cancellation);
            }),
            Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo("22012"));
        Assert.That(runs, Is.EqualTo(2));
        Assert.That(() => routed.Debts(), Is.EqualTo((0, 0, 0)).After(5_000, 10));
    }

    [Test]
    public async Task Loser_of_a_hedge_does_not_hold_up_the_winner_and_does_not_poison_its_pool()
    {
        await using var routed = await HedgedAsync();
        var runs = 0;
        var startedAt = TimeProvider.System.GetTimestamp();
        var value = await routed.Router.ReadAsync(async (connection, cancellation) =>
        {
            var isFirst = Interlocked.Increment(ref runs) == 1;
            if (isFirst)
            {
                await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, CancellationToken.None); // deaf to cancellation, like a hung server
            }

            return await Routed.ScalarAsync<int>(connection, "SELECT 42", CancellationToken.None);
        });
        Assert.That(value, Is.EqualTo(42));
        Assert.That(TimeProvider.System.GetElapsedTime(startedAt), Is.LessThan(TimeSpan.FromSeconds(2)));
        Assert.That(() => routed.Debts(), Is.EqualTo((0, 0, 0)).After(10_000, 10));
        for (var i = 0; i < 20; i++)
        {
            Assert.That(await routed.PortOfReadAsync(), Is.Positive);
        }
    }

    [Test]
    public async Task Hedge_never_goes_to_the_primary()
    {
        await using var routed = await HedgedAsync(_cluster.Servers.Take(2)); // one replica only
        var ports = new System.Collections.Concurrent.ConcurrentBag<int>();
        await routed.Router.ReadAsync(async (connection, cancellation) =>
        {
            ports.Add(await Routed.PortAsync(connection, cancellation));
            return await Routed.ExecuteAsync(connection, "SELECT pg_sleep(0.2)", cancellation);
        });
        Assert.That(ports, Has.None.EqualTo(_cluster.Primary.Port));
    }

    [Test]
    public async Task Reads_through_a_pooler_are_read_only_and_leave_nothing_behind()
    {
        var nodes = new List<NodeOptions>();
        foreach (var server in _cluster.Servers)
        {
            var pooler = await _cluster.AddPgBouncerAsync(server, new() { PoolSize = 4 });
            nodes.Add(new() { Name = server.Name, ConnectionString = pooler.ConnectionString, Pooler = PoolerMode.PgBouncerTransaction });
        }

        await using var routed = await Routed.StartAsync(nodes);
        Assert.That(await routed.Router.ReadAsync((connection, cancellation) => Routed.ScalarAsync<string>(connection, "SHOW transaction_read_only", cancellation)), Is.EqualTo("on"));
        await using (var opened = await routed.Router.AsDataSource().OpenConnectionAsync())
        {
            Assert.That(await Dapper.SqlMapper.QuerySingleAsync<string>(opened, "SHOW transaction_read_only"), Is.EqualTo("on"));
        }

        using (routed.Router.BeginConsistencyScope())
        {
            await routed.Router.WriteAsync((connection, cancellation) => Routed.ExecuteAsync(connection, "INSERT INTO leaking VALUES (1)", cancellation));
            Assert.That(await routed.Router.ReadAsync((connection, cancellation) => Routed.ScalarAsync<long>(connection, "SELECT count(*) FROM leaking", cancellation)), Is.EqualTo(1));
        }

        Assert.That(() => routed.Debts(), Is.EqualTo((0, 0, 0)).After(5_000, 10));
    }

    // Knows what reads take from the start, so that the next slow read is hedged.
    private async Task<Routed> HedgedAsync(IEnumerable<PostgresServer>? servers = null)
    {
        var routed = await Routed.StartAsync((servers ?? _cluster.Servers).Select(Watched.NodeOf), routing => routing.Tiers[TierNames.Important] = new() { Hedging = true });
        for (var i = 0; i < 200; i++)
        {
            await routed.PortOfReadAsync();
        }

        Assert.That(() => routed.Router.Core.Routes.Get(null).Latency.Rare, Is.LessThan(long.MaxValue).After(5_000, 10));
        return routed;
    }
}
