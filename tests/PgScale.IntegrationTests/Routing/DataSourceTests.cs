using Dapper;
using Microsoft.EntityFrameworkCore;
using PgScale.Cluster;
using PgScale.IntegrationTests.Cluster;
using PgScale.Routing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Routing;

/// <summary>Dapper and EF Core on the router's data source, unchanged.</summary>
internal sealed class DataSourceTests
{
    private PostgresCluster _cluster = null!;
    private Routed _routed = null!;
    private int _lastId;

    private ReplicaRouter Router => _routed.Router;

    private TierRoute Tier => Router.Core.Routes.Get(null);

    [OneTimeSetUp]
    public async Task StartClusterAsync()
    {
        _cluster = await EveryVersion.StartAsync(version: null);
        await _cluster.Primary.ExecuteAsync("""CREATE TABLE "Notes" ("Id" int PRIMARY KEY, "Text" text NOT NULL)""");
        await _cluster.WaitForReplicasAsync();
        _routed = await Routed.StartAsync(_cluster, routing => (routing.FallbackConcurrency, routing.FreshnessWait) = (4, TimeSpan.FromMilliseconds(20)));
    }

    [OneTimeTearDown]
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

    [TearDown]
    public void NothingIsLeftBehind() => Assert.That(() => _routed.Debts(), Is.EqualTo((0, 0, 0)).After(5_000, 10), "reads in flight, places, budget");

    [Test]
    public async Task Dapper_reads_from_all_replicas()
    {
        var ports = new HashSet<int>();
        for (var i = 0; i < 40; i++)
        {
            await using var connection = await Router.AsDataSource().OpenConnectionAsync();
            ports.Add(await connection.QuerySingleAsync<int>("SELECT current_setting('port')::int"));
        }

        Assert.That(ports, Is.EquivalentTo(_cluster.Replicas.Select(replica => replica.Port)));
    }

    [Test]
    public async Task Dapper_sees_the_writes_of_its_scope_on_a_cluster_that_lags()
    {
        using var scope = Router.BeginConsistencyScope();
        await WithPausedReplayAsync(async () =>
        {
            var id = await WriteAsync();
            await using var connection = await Router.AsDataSource().OpenConnectionAsync();
            Assert.That(await connection.QueryAsync<string>("""SELECT "Text" FROM "Notes" WHERE "Id" = @id""", new { id }), Is.EqualTo(["written"]));
        });
    }

    [Test]
    public async Task Dapper_that_opens_a_closed_connection_itself_reads_from_a_replica()
    {
        await using var connection = Router.AsDataSource().CreateConnection();
        Assert.That(await connection.QuerySingleAsync<bool>("SELECT pg_is_in_recovery()"), Is.True);
    }

    [Test]
    public async Task Entity_framework_reads_from_a_replica()
    {
        await using var context = Context();
        Assert.That(await context.Database.SqlQuery<bool>($"""SELECT pg_is_in_recovery() AS "Value" """).SingleAsync(), Is.True);
    }

    [Test]
    public async Task Entity_framework_sees_the_writes_of_its_scope_on_a_cluster_that_lags()
    {
        using var scope = Router.BeginConsistencyScope();
        await WithPausedReplayAsync(async () =>
        {
            var id = await WriteAsync();
            await using var context = Context();
            Assert.That(await context.Notes.CountAsync(note => note.Id == id), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Context_that_read_before_a_write_of_its_scope_sees_it_afterwards()
    {
        using var scope = Router.BeginConsistencyScope();
        await using var context = Context();
        await context.Notes.CountAsync();
        await WithPausedReplayAsync(async () =>
        {
            var id = await WriteAsync();
            Assert.That(await context.Notes.CountAsync(note => note.Id == id), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Scope_learns_how_far_a_read_through_the_data_source_or_a_lease_has_seen([Values] bool lease)
    {
        using var scope = Router.BeginConsistencyScope();
        if (lease)
        {
            await using var opened = await Router.OpenReadAsync();
            Assert.That(await Routed.ScalarAsync<int>(opened.Connection, "SELECT 1"), Is.EqualTo(1));
        }
        else
        {
            await using var opened = await Router.AsDataSource().OpenConnectionAsync();
            Assert.That(await opened.QuerySingleAsync<int>("SELECT 1"), Is.EqualTo(1));
        }

        Assert.That(scope.Token.IsNone, Is.False);
    }

    [Test]
    public async Task Entity_framework_cannot_write_through_it()
    {
        await using var context = Context();
        context.Add(new Note { Id = -1, Text = "no" });
        Assert.That(
            async () => await context.SaveChangesAsync(),
            Throws.InstanceOf<DbUpdateException>().With.InnerException.Property("SqlState").EqualTo("25006"));
    }

    [Test]
    public async Task Connections_that_are_opened_and_closed_again_and_again_leave_the_budget_of_the_primary_alone()
    {
        using var scope = Router.BeginConsistencyScope();
        await WithPausedReplayAsync(async () =>
        {
            await WriteAsync();
            for (var i = 0; i < 5; i++)
            {
                await using var context = Context();
                await context.Notes.CountAsync();
                await context.Notes.CountAsync();
            }
        });
    }

    [Test]
    public async Task Connections_that_are_never_opened_cost_nothing()
    {
        using var scope = Router.BeginConsistencyScope();
        await WithPausedReplayAsync(async () =>
        {
            await WriteAsync();
            for (var i = 0; i < 10; i++)
            {
                await using var connection = Router.AsDataSource().CreateConnection();
            }
        });
    }

    [Test]
    public void Synchronous_calls_work_too()
    {
        using var context = Context();
        Assert.That(context.Notes.Count(note => note.Id < 0), Is.Zero);
        using var connection = Router.AsDataSource().OpenConnection();
        Assert.That(connection.QuerySingle<bool>("SELECT pg_is_in_recovery()"), Is.True);
    }

    [Test]
    public async Task Failed_opens_leave_nothing_behind()
    {
        await using var unreachable = await Routed.StartAsync(_cluster, _ => { });
        await Task.WhenAll(_cluster.Servers.Select(server => server.FreezeAsync()));
        try
        {
            for (var i = 0; i < 3; i++)
            {
                Assert.That(async () => await unreachable.Router.AsDataSource().OpenConnectionAsync(), Throws.Exception);
            }
        }
        finally
        {
            await Task.WhenAll(_cluster.Servers.Select(server => server.ThawAsync()));
        }

        Assert.That(() => unreachable.Debts(), Is.EqualTo((0, 0, 0)).After(5_000, 10));
        await _routed.UntilAsync(snapshot => snapshot.Replicas.All(node => node.Health == NodeHealth.Healthy) && snapshot.Primary is not null);
    }

    private async Task<int> WriteAsync()
    {
        var id = Interlocked.Increment(ref _lastId);
        await Router.WriteAsync((connection, cancellation) => Routed.ExecuteAsync(connection, $"""INSERT INTO "Notes" VALUES ({id}, 'written')""", cancellation));
        return id;
    }

    private async Task WithPausedReplayAsync(Func<Task> action)
    {
        await Task.WhenAll(_cluster.Replicas.Select(replica => replica.PauseReplayAsync()));
        try
        {
            await action();
        }
        finally
        {
            await Task.WhenAll(_cluster.Replicas.Select(replica => replica.ResumeReplayAsync()));
        }
    }

    private NotesContext Context() => new(new DbContextOptionsBuilder<NotesContext>().UseNpgsql(Router.AsDataSource()).Options);

    private sealed class NotesContext(DbContextOptions<NotesContext> options) : DbContext(options)
    {
        public DbSet<Note> Notes => Set<Note>();
    }

    private sealed class Note
    {
        public int Id { get; set; }

        public string Text { get; set; } = "";
    }
}
