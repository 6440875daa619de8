using PgScale.Cluster;

namespace PgScale.Samples.Demo.Scenes;

/// <summary>A replica dies under load and is started again.</summary>
internal sealed class ReplicaKilled : IScene
{
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(1);

    public string Title => "replica killed";

    public async Task PlayAsync(Stage stage, CancellationToken cancellationToken)
    {
        var victim = stage.Snapshot.GetFreshReplicas(TierNames.Critical).First().Name;
        var server = stage.Servers.Find(victim);
        stage.Say($"kill -9 {victim}");
        await stage.UntilKnownAsync(
            $"{victim} is unreachable",
            () => server.KillAsync(cancellationToken),
            snapshot => snapshot.Find(victim) is { Health: NodeHealth.Unreachable },
            cancellationToken);
        stage.Report.Promise("the monitor knew of the dead replica within 1 s", stage.Report.KnownAfter <= Promised);
        await stage.UntilReadsAsync(300, cancellationToken);
        stage.Say($"start {victim}");
        await server.StartAsync(cancellationToken);
        await stage.UntilBackAsync(victim, cancellationToken);
    }
}
