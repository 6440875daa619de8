using PgScale.Cluster;

namespace PgScale.Samples.ChatService.Demo.Scenes;

/// <summary>A replica that serves reads dies, and comes back.</summary>
internal sealed class ReplicaKilled : IScene
{
    private const int Enough = 150;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1.5);

    public string Title => "replica killed";

    public async Task<IReadOnlyList<Promise>> PlayAsync(Stage stage, CancellationToken cancellationToken)
    {
        var replica = stage.Servers.Replicas[0];
        var name = stage.Servers.NameOf(replica);
        stage.Say($"kill -9 {name}");
        await replica.KillAsync(cancellationToken);
        await stage.UntilRequestsAsync(Enough, cancellationToken);
        stage.Say($"start {name}");
        await replica.StartAsync(cancellationToken);
        await stage.UntilKnownAsync($"{name} is fresh again", snapshot => snapshot.GetFreshReplicas(TierNames.Critical).Any(node => node.Name == name), cancellationToken);
        stage.Say($"{name} is back");
        return
        [
            new($"nobody's request failed ({stage.With.Failed:N0})", stage.With.Failed == 0),
            new($"no request took {Words.Duration(Longest)} ({Words.Duration(stage.With.Longest)} at most)", stage.With.Longest < Longest),
        ];
    }
}
