using Npgsql;
using PgScale.Samples.ChatService.Demo.Measures;
using PgScale.Samples.ChatService.Demo.Scenes;
using PgScale.Samples.ChatService.Demo.Servers;
using PgScale.Samples.ChatService.Demo.Traffic;
using PgScale.Samples.ChatService.Demo.View;
using PgScale.Samples.ChatService.Demo.Without;

namespace PgScale.Samples.ChatService.Demo;

/// <summary>The whole demo: servers, data, both services, costs, scenes, audit.</summary>
internal sealed class DemoRun(DemoLength length, IScreen screen, TimeProvider time)
{
    private static readonly IScene[] Scenes = [new ColumnAdded(), new RedisKilled(), new ReplicaKilled(), new PrimaryLost()];
    private static readonly TimeSpan DrawInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs it to its end and returns what came of it.</summary>
    public async Task<DemoSummary> RunAsync(CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        await using var servers = await ChatServers.StartAsync(cancellationToken);
        screen.Say($"PostgreSQL {servers.Version}, a primary and two replicas, and Redis are started");
        using var release = new Release();
        await PrepareAsync(servers, release, cancellationToken);
        await using var plain = new PlainChat(servers.OpenPrimary(ChatServers.Without));
        await using var without = await Side.StartAsync("without PgScale", ChatServers.Without, plain.Create(), length, time, cancellationToken);
        screen.Begin($"{without.Name}: {length.Rate} requests a second");
        var plainCost = await MeasureAsync(servers, without, cancellationToken);

        await using var with = await Side.StartAsync("with PgScale", ChatServers.With, CreateService(servers, release), length, time, cancellationToken);
        screen.Begin($"{with.Name}: the same requests");
        var cost = await MeasureAsync(servers, with, cancellationToken);

        var stage = new Stage(servers, plain, without, with, release, screen, time);
        var reports = await PlayAsync(stage, without, with, cancellationToken);
        var audit = await new Audit(servers, length, time).RunAsync(with, cancellationToken);
        return new(plainCost, cost, reports, audit, time.GetElapsedTime(startedAt));
    }

    private async Task PrepareAsync(ChatServers servers, Release release, CancellationToken cancellationToken)
    {
        await servers.PrepareAsync(cancellationToken);
        screen.Say($"migrate: {await ServiceJob.RunAsync("migrate", servers.ConfigurationWith(release), time, cancellationToken)}");
        await using var with = servers.OpenPrimary(ChatServers.With);
        await using var without = servers.OpenPrimary(ChatServers.Without);
        await using (var tables = without.CreateCommand(release.FirstSql))
        {
            await tables.ExecuteNonQueryAsync(cancellationToken);
        }

        await Task.WhenAll(((NpgsqlDataSource[])[with, without]).Select(primary => ChatData.FillAsync(primary, length, cancellationToken)));
        await servers.WaitForReplicasAsync(cancellationToken);
        screen.Say($"{length.Users:N0} users and {length.Messages:N0} messages are in each of two databases");
    }

    private static WebApplication CreateService(ChatServers servers, Release release) => ChatApp.Create([], builder =>
    {
        builder.Configuration.AddInMemoryCollection(servers.ConfigurationWith(release));
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
    });

    private async Task<SideCost> MeasureAsync(ChatServers servers, Side side, CancellationToken cancellationToken)
    {
        await using var drawing = new Drawing(() => screen.Show([side]), DrawInterval, time);
        return await new CostMeasurement(servers, length, time).RunAsync(side, cancellationToken);
    }

    private async Task<IReadOnlyList<SceneReport>> PlayAsync(Stage stage, Side without, Side with, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var crowds = Task.WhenAll(without.RunAsync(length.SceneRate, ending.Token), with.RunAsync(length.SceneRate, ending.Token));
        await using var drawing = new Drawing(() => screen.Show([without, with]), DrawInterval, time);
        var reports = new List<SceneReport>();
        try
        {
            foreach (var scene in Scenes)
            {
                screen.Begin(scene.Title);
                var (before, ours) = (without.Books.StartTally(), with.Books.StartTally());
                reports.Add(new(scene.Title, before, ours, await PlayAsync(scene, stage, cancellationToken)));
            }
        }
        finally
        {
            await ending.CancelAsync();
            await crowds;
        }

        return reports;
    }

    private static async Task<IReadOnlyList<Promise>> PlayAsync(IScene scene, Stage stage, CancellationToken cancellationToken)
    {
        try
        {
            return await scene.PlayAsync(stage, cancellationToken);
        }
        catch (SceneFailedException failure)
        {
            return [new(failure.Message, IsKept: false)];
        }
    }
}
