namespace PgScale.Samples.ChatService.Demo.Scenes;

/// <summary>Redis dies, comes back empty, and nobody notices.</summary>
internal sealed class RedisKilled : IScene
{
    private const int Enough = 150;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1.5);

    public string Title => "Redis killed";

    public async Task<IReadOnlyList<Promise>> PlayAsync(Stage stage, CancellationToken cancellationToken)
    {
        stage.Say("kill -9 Redis");
        await stage.Servers.Redis.KillAsync(cancellationToken);
        await stage.UntilRequestsAsync(Enough, cancellationToken);
        stage.Say("start Redis, empty");
        await stage.Servers.Redis.StartAsync(cancellationToken);
        await stage.UntilRequestsAsync(Enough, cancellationToken);
        return
        [
            new($"nobody's request failed ({stage.With.Failed:N0})", stage.With.Failed == 0),
            new($"no request took {Words.Duration(Longest)} ({Words.Duration(stage.With.Longest)} at most)", stage.With.Longest < Longest),
        ];
    }
}
