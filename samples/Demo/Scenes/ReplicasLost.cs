using PgScale.Cluster;
using PgScale.Testing;

namespace PgScale.Samples.Demo.Scenes;

/// <summary>All replicas die at once: the primary takes the reads, within its budget, until one is back.</summary>
internal sealed class ReplicasLost : IScene
{
    public string Title => "all replicas lost";

    public async Task PlayAsync(Stage stage, CancellationToken cancellationToken)
    {
        var names = stage.Snapshot.Replicas.Select(replica => replica.Name).ToList();
        var servers = names.ConvertAll(stage.Servers.Find);
        stage.Say($"kill -9 {string.Join(" and ", names)}");
        await stage.UntilKnownAsync(
            "no replica is left", () => KillAsync(servers, cancellationToken), snapshot => !snapshot.GetFreshReplicas(TierNames.Critical).Any(), cancellationToken);
        var primary = stage.Snapshot.GetPrimary().Name;
        var before = stage.Tally.ReadsOn(primary);
        await stage.UntilReadsAsync(300, cancellationToken);
        stage.Report.Promise($"{primary}, the primary, answered meanwhile", stage.Tally.ReadsOn(primary) - before >= 250);

        stage.Say($"start {string.Join(" and ", names)}");
        await Task.WhenAll(servers.Select(server => server.StartAsync(cancellationToken)));
        foreach (var name in names)
        {
            await stage.UntilBackAsync(name, cancellationToken);
        }
    }

    private static Task KillAsync(IEnumerable<PostgresServer> servers, CancellationToken cancellationToken) =>
        Task.WhenAll(servers.Select(server => server.KillAsync(cancellationToken)));
}
