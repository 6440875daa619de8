using PgScale.Cluster;
using PgScale.IntegrationTests.Cluster;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Routing;

/// <summary>Servers that die and hang behind PgBouncer in transaction mode, which stays up itself.</summary>
[Parallelizable(ParallelScope.None)]
internal sealed class PoolerFaultTests
{
    private PostgresCluster _cluster = null!;
    private Routed _routed = null!;

    [SetUp]
    public async Task StartClusterAsync()
    {
        _cluster = await EveryVersion.StartAsync(version: null);
        var nodes = new List<NodeOptions>();
        foreach (var server in _cluster.Servers)
        {
            var pooler = await _cluster.AddPgBouncerAsync(server, new() { PoolSize = 16 });
            nodes.Add(new()
            {
                Name = server.Name,
                ConnectionString = pooler.ConnectionString,
                ProbeConnectionString = server.ConnectionString,
                Pooler = PoolerMode.PgBouncerTransaction,
            });
        }

        _routed = await Routed.StartAsync(nodes);
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
    public async Task No_read_fails_when_the_server_behind_a_pooler_is_killed_or_hangs([Values] bool hangs)
    {
        var reads = 0;
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await _routed.PortOfReadAsync();
                Interlocked.Increment(ref reads);
            }
        })).ToList();
        await UntilAsync(() => Volatile.Read(ref reads) > 300);
        await (hangs ? _cluster["replica1"].FreezeAsync() : _cluster["replica1"].KillAsync());
        await _routed.UntilAsync(snapshot => snapshot.Find("replica1")!.Health == NodeHealth.Unreachable);
        var after = Volatile.Read(ref reads);
        await UntilAsync(() => Volatile.Read(ref reads) > after + 300);
        await stop.CancelAsync();
        Assert.That(async () => await Task.WhenAll(clients), Throws.Nothing);
        if (hangs)
        {
            await _cluster["replica1"].ThawAsync();
        }

        Assert.That(() => _routed.Debts(), Is.EqualTo((0, 0, 0)).After(20_000, 10));
    }

    private static Task UntilAsync(Func<bool> condition) => Task.Run(() => Assert.That(condition, Is.True.After(30_000, 5)));
}
