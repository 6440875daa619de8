using PgScale.Samples.ChatService.Demo.Servers;

namespace PgScale.Samples.ChatService.Demo.Scenes;

/// <summary>The primary dies and a replica is promoted. The plain service is told at once; the other finds out.</summary>
internal sealed class PrimaryLost : IScene
{
    private const int Enough = 100;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(8);

    public string Title => "primary lost";

    public async Task<IReadOnlyList<Promise>> PlayAsync(Stage stage, CancellationToken cancellationToken)
    {
        stage.Say($"kill -9 {stage.Servers.NameOf(stage.Servers.Primary)}, the primary");
        await stage.Servers.Primary.KillAsync(cancellationToken);
        await stage.UntilKnownAsync("there is no primary", snapshot => snapshot.Primary is null, cancellationToken);
        var heir = await stage.Servers.PromoteAsync(cancellationToken);
        var name = stage.Servers.NameOf(heir);
        stage.Say($"promote {name}, and tell the plain service");
        await stage.Plain.MoveAsync(stage.Servers.OpenPrimary(ChatServers.Without));
        await stage.UntilKnownAsync($"{name} is primary", snapshot => snapshot.Primary?.Name == name, cancellationToken);
        await stage.UntilRequestsAsync(Enough, cancellationToken);
        return
        [
            new($"nobody's request failed ({stage.With.Failed:N0}; without PgScale {stage.Without.Failed:N0})", stage.With.Failed == 0),
            new($"no write took {Words.Duration(Longest)} ({Words.Duration(stage.With.LongestWrite)} at most)", stage.With.LongestWrite < Longest),
        ];
    }
}
