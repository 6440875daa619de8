using PgScale.Cluster;
using PgScale.Samples.ChatService.Demo.Servers;
using PgScale.Samples.ChatService.Demo.Traffic;
using PgScale.Samples.ChatService.Demo.View;
using PgScale.Samples.ChatService.Demo.Without;

namespace PgScale.Samples.ChatService.Demo.Scenes;

/// <summary>What a scene has at hand: the servers, both sides, and the screen.</summary>
internal sealed class Stage(ChatServers servers, PlainChat plain, Side without, Side with, Release release, IScreen screen, TimeProvider time)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly ClusterMonitor _monitor = with.Services.GetRequiredService<ClusterMonitor>();

    public ChatServers Servers => servers;

    public PlainChat Plain => plain;

    public Tally Without => without.Tally;

    public Tally With => with.Tally;

    public Release Release => release;

    public TimeProvider Time => time;

    public void Say(string text) => screen.Say(text);

    /// <summary>Lets people chat on for a while.</summary>
    public async Task UntilRequestsAsync(int count, CancellationToken cancellationToken)
    {
        var enough = With.Requests + count;
        await UntilAsync($"{count} more requests are answered", () => With.Requests >= enough, cancellationToken);
    }

    /// <summary>Waits until the service's monitor knows something of the cluster.</summary>
    public Task UntilKnownAsync(string what, Func<ClusterSnapshot, bool> condition, CancellationToken cancellationToken) =>
        UntilAsync(what, () => condition(_monitor.Current), cancellationToken);

    private async Task UntilAsync(string what, Func<bool> condition, CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        while (!condition())
        {
            if (time.GetElapsedTime(startedAt) > Deadline)
            {
                throw new SceneFailedException($"It did not happen within {Deadline.TotalSeconds:0} s that {what}.");
            }

            await Task.Delay(Look, time, cancellationToken);
        }
    }
}
