using PgScale.Cluster;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Cluster;

/// <summary>Promotions, old primaries and diverged replicas: each test breaks its own cluster.</summary>
[TestFixtureSource(typeof(EveryVersion), nameof(EveryVersion.All))]
[Parallelizable(ParallelScope.None)]
internal sealed class FailoverTests(int? version)
{
    private PostgresCluster _cluster = null!;
    private Watched _watched = null!;

    [SetUp]
    public async Task StartClusterAsync()
    {
        _cluster = await EveryVersion.StartAsync(version);
        await _cluster.Primary.ExecuteAsync("CREATE TABLE failover_test (id int PRIMARY KEY)");
        await _cluster.WaitForReplicasAsync();
        _watched = await Watched.StartAsync(_cluster);
        await _watched.UntilAsync(known => known.GetFreshReplicas(TierNames.Critical).Count() == 2);
    }

    [TearDown]
    public async Task StopClusterAsync()
    {
        if (_watched is not null)
        {
            await _watched.DisposeAsync();
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [Test]
    public async Task Promotion_and_rejoin_are_followed_and_tokens_keep_their_meaning()
    {
        var before = await WriteAsync(_cluster.Primary, 1);
        await _cluster.WaitForReplicasAsync();
        var oldPrimary = _cluster.Primary;
        await oldPrimary.KillAsync();
        var dead = await _watched.UntilAsync(known => known.Primary is null);
        Assert.That(dead.PrimaryProblem, Does.Contain($"primary (127.0.0.1:{oldPrimary.Port}) was it"));
        Assert.That(() => dead.GetPrimary(), Throws.InstanceOf<PrimaryUnavailableException>());

        await _cluster.PromoteAsync(_cluster["replica1"]);
        var promoted = await _watched.UntilAsync(known => known.Primary?.Name == "replica1", TimeSpan.FromSeconds(5));
        Assert.That(promoted.Timeline, Is.EqualTo(2));

        await _cluster.RejoinAsync(oldPrimary);
        var whole = await _watched.UntilAsync(known => known.GetFreshReplicas(TierNames.Critical).Count() == 2, TimeSpan.FromSeconds(30));
        Assert.That(whole.Find("primary")!.Role, Is.EqualTo(NodeRole.Replica));
        Assert.That(whole.Nodes.Select(node => whole.CoverageOf(node, before)), Is.All.EqualTo(TokenCoverage.Covered), "a token from before the promotion");

        var after = await WriteAsync(_cluster.Primary, 2);
        Assert.That(after, Is.GreaterThan(before));
        await _watched.UntilAsync(known => known.Nodes.All(node => known.CoverageOf(node, after) == TokenCoverage.Covered));
    }

    [Test]
    public async Task Write_that_died_with_the_old_primary_is_known_to_be_lost()
    {
        await _cluster["replica1"].CutWalReceiverAsync();
        await _cluster["replica2"].CutWalReceiverAsync();
        var lost = await WriteAsync(_cluster.Primary, 1);
        await _watched.UntilAsync(known => known.Nodes.All(node => node.ObservedAt > 0 && node.Lag.IsKnown) && known.Find("replica1")!.Lag.Bytes > 0);
        await _cluster.Primary.KillAsync();
        await _cluster.PromoteAsync(_cluster["replica1"]);
        var snapshot = await _watched.UntilAsync(known => known.Primary?.Name == "replica1");
        Assert.That(snapshot.CoverageOf(snapshot.Primary!, lost), Is.EqualTo(TokenCoverage.Lost));
    }

    [Test]
    public async Task Old_primary_that_still_runs_is_fenced_and_never_ahead()
    {
        await _cluster["replica1"].PromoteAsync();
        await _watched.UntilAsync(known => known.Primary?.Name == "replica1");
        for (var id = 0; id < 20; id++)
        {
            await WriteAsync(_cluster.Primary, id); // the old one, far past the switch point
        }

        var snapshot = await _watched.UntilAsync(known =>
            known.Find("primary") is { Health: NodeHealth.Fenced } && known.Find("replica2") is { Health: NodeHealth.Fenced });
        Assert.That(snapshot.Primary!.Name, Is.EqualTo("replica1"));
        Assert.That(snapshot.Find("primary")!.Reason, Does.Contain("timeline 1"));
        Assert.That(snapshot.Find("replica2")!.Reason, Does.Contain("diverged"), "it follows the old primary past the switch point");
        Assert.That(snapshot.GetFreshReplicas(TierNames.BestEffort), Is.Empty);
        Assert.That(_watched.Log.Texts.Count(line => line.Contains("primary (127.0.0.1", StringComparison.Ordinal) && line.Contains("is Fenced", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [Test]
    public async Task Two_primaries_of_equal_standing_are_none_until_one_yields()
    {
        await _cluster.Primary.KillAsync();
        await _cluster["replica1"].PromoteAsync();
        await _cluster["replica2"].PromoteAsync();
        var contested = await _watched.UntilAsync(known => known.Replicas.Length == 0 && known.Nodes.Count(node => node.Health == NodeHealth.Fenced) == 2);
        Assert.That(contested.Primary, Is.Null);
        Assert.That(contested.PrimaryProblem, Does.Contain("replica1").And.Contain("replica2").And.Contain("both accept writes on timeline 2"));
        await _cluster["replica2"].KillAsync();
        var settled = await _watched.UntilAsync(known => known.Primary is not null);
        Assert.That(settled.Primary!.Name, Is.EqualTo("replica1"));
    }

    [Test]
    public async Task New_primary_is_known_within_a_quarter_second_of_its_promotion()
    {
        await _cluster.Primary.KillAsync();
        await _watched.UntilAsync(known => known.Primary is null);
        await _cluster["replica1"].PromoteAsync();
        var writable = TimeProvider.System.GetTimestamp();
        await _watched.UntilAsync(known => known.Primary?.Name == "replica1");
        Assert.That(TimeProvider.System.GetElapsedTime(writable), Is.LessThan(TimeSpan.FromMilliseconds(250)));
    }

    [Test]
    public async Task Restarted_primary_is_primary_again()
    {
        await _cluster.Primary.StopAsync();
        await _watched.UntilAsync(known => known.Primary is null);
        await _cluster.Primary.StartAsync();
        var back = await _watched.UntilAsync(known => known.Primary?.Name == "primary");
        Assert.That(back.Timeline, Is.EqualTo(1));
        await _watched.UntilAsync(known => known.GetFreshReplicas(TierNames.Critical).Count() == 2, TimeSpan.FromSeconds(30));
    }

    private static async Task<ConsistencyToken> WriteAsync(PostgresServer server, int id)
    {
        await server.ExecuteAsync($"INSERT INTO failover_test VALUES ({id})");
        await using var connection = await server.OpenConnectionAsync();
        return await ConsistencyToken.CaptureAsync(connection);
    }
}
