using Npgsql;
using PgScale.Cluster;

namespace PgScale.Tests.Cluster;

public sealed class NodeConnectionsTests
{
    private static readonly SessionProfile Reading = new(TierNames.Critical, ReadOnly: true, "router");

    [Test]
    public async Task Guards_and_names_are_part_of_the_pool()
    {
        await using var paper = await PaperMonitor.StartAsync("a");
        await using var connections = new NodeConnections(paper.Monitor);

        var settings = Settings(connections, paper, Reading);

        Assert.That(settings.Options, Does.Contain("-c statement_timeout=5000").And.Contain("-c default_transaction_read_only=on"));
        Assert.That(settings.ApplicationName, Is.EqualTo("pgscale-router-Critical"));
    }

    [Test]
    public async Task No_pool_is_made_after_the_end()
    {
        await using var paper = await PaperMonitor.StartAsync("a");
        var connections = new NodeConnections(paper.Monitor);
        await connections.DisposeAsync();

        Assert.That(() => connections.GetDataSource(paper.Monitor.Current.Nodes[0].Node, Reading), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public async Task Client_waits_a_little_longer_than_the_server()
    {
        await using var paper = await PaperMonitor.StartAsync("a");
        await using var connections = new NodeConnections(paper.Monitor);

        Assert.That(Settings(connections, paper, Reading).CommandTimeout, Is.EqualTo(10));
        Assert.That(Settings(connections, paper, Reading with { Tier = TierNames.BestEffort }).CommandTimeout, Is.EqualTo(65));
    }

    [Test]
    public async Task Command_timeout_of_the_user_stays()
    {
        await using var paper = new PaperMonitor("a");
        paper.Nodes[0].ConnectionString += ";Command Timeout=3";
        await paper.StartAsync();
        await using var connections = new NodeConnections(paper.Monitor);

        Assert.That(Settings(connections, paper, Reading).CommandTimeout, Is.EqualTo(3));
    }

    [Test]
    public async Task Behind_a_pooler_nothing_rides_on_the_session()
    {
        await using var paper = new PaperMonitor("a");
        paper.Nodes[0].Pooler = PoolerMode.PgBouncerTransaction;
        await paper.StartAsync();
        await using var connections = new NodeConnections(paper.Monitor);

        var settings = Settings(connections, paper, Reading);

        Assert.That(settings.Options, Is.Null.Or.Empty);
        Assert.That(settings.NoResetOnClose);
        Assert.That(settings.MaxAutoPrepare, Is.Zero);
    }

    [Test]
    public async Task One_pool_serves_one_node_tier_and_purpose()
    {
        await using var paper = await PaperMonitor.StartAsync("a", "b");
        await using var connections = new NodeConnections(paper.Monitor);
        var (a, b) = (paper.Current.Find("a")!.Node, paper.Current.Find("b")!.Node);

        var pool = connections.GetDataSource(a, Reading);

        Assert.That(connections.GetDataSource(a, Reading), Is.SameAs(pool));
        Assert.That(connections.GetDataSource(a, Reading with { Tier = "critical" }), Is.SameAs(pool), "tiers are told apart without regard to case");
        Assert.That(connections.GetDataSource(b, Reading), Is.Not.SameAs(pool));
        Assert.That(connections.GetDataSource(a, Reading with { ReadOnly = false }), Is.Not.SameAs(pool));
        Assert.That(connections.GetDataSource(a, Reading with { Purpose = "backfill" }), Is.Not.SameAs(pool));
    }

    [Test]
    public async Task Unknown_tier_is_refused_with_those_that_exist()
    {
        await using var paper = await PaperMonitor.StartAsync("a");
        await using var connections = new NodeConnections(paper.Monitor);

        Assert.That(() => Settings(connections, paper, Reading with { Tier = "Urgent" }),
            Throws.ArgumentException.With.Message.Contains("There is no tier 'Urgent'. Use one of BestEffort, Critical, Important"));
    }

    [Test]
    public async Task Changed_limits_reach_new_connections()
    {
        await using var paper = await PaperMonitor.StartAsync("a");
        await using var connections = new NodeConnections(paper.Monitor);
        _ = Settings(connections, paper, Reading);
        paper.Configure = options => options.Tiers["Critical"].StatementTimeout = TimeSpan.FromSeconds(1);

        paper.Reload();
        await Eventually.HoldsAsync(() => paper.Logger.Count(1007) == 1 && paper.Monitor.Settings.GetTier("Critical").StatementTimeout == TimeSpan.FromSeconds(1));

        Assert.That(Settings(connections, paper, Reading).Options, Does.Contain("-c statement_timeout=1000"));
    }

    [Test]
    public async Task Pool_outlives_a_reload_that_does_not_concern_it()
    {
        await using var paper = await PaperMonitor.StartAsync("a");
        await using var connections = new NodeConnections(paper.Monitor);
        var (node, before) = (paper.Current.Find("a")!.Node, paper.Monitor.Settings);
        var pool = connections.GetDataSource(node, Reading);
        paper.Configure = options => options.Tiers["BestEffort"].StatementTimeout = TimeSpan.FromSeconds(1);

        paper.Reload();
        await Eventually.HoldsAsync(() => !ReferenceEquals(paper.Monitor.Settings, before));

        Assert.That(connections.GetDataSource(node, Reading), Is.SameAs(pool));
    }

    [Test]
    public async Task Pool_that_could_not_be_made_is_tried_again()
    {
        await using var paper = new PaperMonitor("a");
        var fails = true;
        paper.Configure = options => options.ConfigureDataSource = (_, _) =>
        {
            if (fails)
            {
                throw new IOException("the certificate is being renewed");
            }
        };
        await paper.StartAsync();
        await using var connections = new NodeConnections(paper.Monitor);
        Assert.That(() => Settings(connections, paper, Reading), Throws.TypeOf<IOException>());

        fails = false;

        Assert.That(Settings(connections, paper, Reading).Host, Is.EqualTo("a"));
    }

    [Test]
    public async Task Pool_of_a_server_that_left_is_closed()
    {
        await using var paper = await PaperMonitor.StartAsync("a", "b");
        await using var connections = new NodeConnections(paper.Monitor);
        var pool = connections.GetDataSource(paper.Current.Find("b")!.Node, Reading);
        paper.Nodes.RemoveAt(1);
        paper.Reload();
        await paper.SeesAsync(snapshot => snapshot.Find("b") is null);

        _ = Settings(connections, paper, Reading);

        await Assert.ThatAsync(async () => await pool.OpenConnectionAsync(), Throws.TypeOf<ObjectDisposedException>());
    }

    private static NpgsqlConnectionStringBuilder Settings(NodeConnections connections, PaperMonitor paper, SessionProfile profile) =>
        new(connections.GetDataSource(paper.Current.Find("a")!.Node, profile).ConnectionString);
}
