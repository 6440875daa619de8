using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using PgScale.Backfill;
using PgScale.Buffering;
using PgScale.Caching;
using PgScale.Cluster;
using PgScale.Ddl;
using PgScale.Routing;
using PgScale.Samples.Demo.Chat;
using PgScale.Samples.Demo.Load;
using PgScale.Samples.Demo.Scenes;
using PgScale.Samples.Demo.View;

namespace PgScale.Samples.Demo;

/// <summary>The whole demo: servers, data, application, scenes, summary.</summary>
internal sealed class DemoRun(IDemoView view, TimeProvider time)
{
    private static readonly IScene[] Scenes =
    [
        new SteadyState(), new Flood(), new ReplicaKilled(), new ReplayPaused(), new ReplicasLost(), new RedisKilled(), new CountersMerged(), new ColumnFilled(),
        new SchemaChanged(), new PrimaryLost(),
    ];

    private static readonly TimeSpan DrawInterval = TimeSpan.FromMilliseconds(250);

    private const int PrimaryBudget = 2_000;

    private readonly List<SceneReport> _reports = [];

    /// <summary>Runs it to its end and returns what came of it.</summary>
    public async Task<DemoSummary> RunAsync(CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        await using var servers = await StartServersAsync(cancellationToken);
        await LoadAsync(servers, cancellationToken);
        using var application = CreateApplication(servers);
        await application.StartAsync(cancellationToken);
        var promises = await PlayAsync(servers, application.Services, cancellationToken);
        await application.StopAsync(CancellationToken.None);
        return new([.. servers.Nodes.Select(node => node.Name)], _reports, promises, time.GetElapsedTime(startedAt));
    }

    private async Task<DemoCluster> StartServersAsync(CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        var servers = await DemoCluster.StartAsync(cancellationToken);
        view.Say($"PostgreSQL {servers.Version}: a primary and two replicas, and Redis, started in {Words.Duration(time.GetElapsedTime(startedAt))}");
        return servers;
    }

    private async Task LoadAsync(DemoCluster servers, CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        await using (var primary = NpgsqlDataSource.Create(servers.Primary.ConnectionString))
        {
            await new ChatData(primary, time).LoadAsync(cancellationToken);
        }

        var loaded = time.GetElapsedTime(startedAt);
        await servers.WaitForReplicasAsync(cancellationToken);
        view.Say($"{ChatData.Rows:N0} rows of users, conversations and messages loaded in {Words.Duration(loaded)}, on all servers after {Words.Duration(time.GetElapsedTime(startedAt))}");
    }

    private IHost CreateApplication(DemoCluster servers)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders().AddProvider(new ViewLoggerProvider(view)).AddFilter((category, _) => category?.StartsWith("PgScale", StringComparison.Ordinal) == true);
        builder.Services.AddPgScale(options =>
        {
            options.ApplicationName = "chat";
            foreach (var node in servers.Nodes)
            {
                options.Nodes.Add(node);
            }
        }).AddReplicaRouter(routing =>
        {
            routing.FreshnessWait = TimeSpan.FromSeconds(10); // a read of a write that only a dead primary had waits for the promotion
            routing.SlowStart = TimeSpan.FromSeconds(1); // the default is kinder to a replica that comes back with cold memory
            routing.FallbackPerSecond = PrimaryBudget;
            routing.Tiers[TierNames.BestEffort] = new() { MaxConcurrency = Flood.Places, MaxQueued = 0 };
        }).AddCacheWithLocking(caching =>
        {
            caching.Redis = servers.Redis.ConnectionString;
            caching.Expiration = TimeSpan.FromSeconds(1);
            caching.MaxConcurrentLoads = RedisKilled.MostLoads;
        }).AddLazyWriteBuffer<ConversationHit>(buffer => buffer.MergeInto("conversations").Key("id", hit => hit.ConversationId).Sum("message_count", _ => 1).UpdateOnly())
        .AddControlledBackfill().AddSafeDdlExecutor();
        builder.Services.AddSingleton(time).AddSingleton(new ChatServers(servers.Nodes)).AddSingleton<ChatService>().AddSingleton<ChatProfiles>()
            .AddSingleton<ChatCounters>().AddSingleton<ChatApplication>().AddSingleton<Workload>();
        return builder.Build();
    }

    private async Task<IReadOnlyList<Promise>> PlayAsync(DemoCluster servers, IServiceProvider services, CancellationToken cancellationToken)
    {
        var monitor = services.GetRequiredService<ClusterMonitor>();
        await using var load = services.GetRequiredService<Workload>();
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        load.Start();
        var drawing = DrawAsync(() => new(monitor.Current, load.Tally), watching.Token);
        try
        {
            foreach (var scene in Scenes)
            {
                await PlayAsync(scene, load.StartTally(), servers, services, cancellationToken);
            }

            await load.DisposeAsync();
            return await new Audit(servers, monitor.Current).RunAsync(load.Sent, cancellationToken);
        }
        catch (SceneFailedException failure)
        {
            return [new(failure.Message, IsKept: false)];
        }
        finally
        {
            await watching.CancelAsync();
            await drawing;
        }
    }

    private async Task PlayAsync(IScene scene, Tally tally, DemoCluster servers, IServiceProvider services, CancellationToken cancellationToken)
    {
        view.Begin(scene.Title);
        var report = new SceneReport(scene.Title, tally);
        _reports.Add(report);
        try
        {
            var stage = new Stage(servers, services.GetRequiredService<ClusterMonitor>(), services.GetRequiredService<ChatApplication>(), report, view, time);
            await scene.PlayAsync(stage, cancellationToken);
        }
        finally
        {
            report.Close();
        }
    }

    private async Task DrawAsync(Func<DemoFacts> look, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(DrawInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                view.Show(look());
            }
        }
        catch (OperationCanceledException)
        {
            // The last picture stays.
        }
    }
}
