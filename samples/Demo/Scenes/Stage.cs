using PgScale.Cluster;
using PgScale.Samples.Demo.Chat;
using PgScale.Samples.Demo.Load;
using PgScale.Samples.Demo.View;

namespace PgScale.Samples.Demo.Scenes;

/// <summary>What a scene has at hand: the servers, what PgScale knows of them, the load, and its report.</summary>
internal sealed class Stage(DemoCluster servers, ClusterMonitor monitor, ChatApplication chat, SceneReport report, IDemoView view, TimeProvider time)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    public DemoCluster Servers => servers;

    public ChatApplication Chat => chat;

    /// <summary>The clock, for <see cref="SinceThen"/>.</summary>
    public long Now => time.GetTimestamp();

    public SceneReport Report => report;

    public Tally Tally => report.Tally;

    public ClusterSnapshot Snapshot => monitor.Current;

    public void Say(string text) => view.Say(text);

    /// <summary>Waits until the monitor knows something.</summary>
    public async Task UntilKnownAsync(string what, Func<ClusterSnapshot, bool> condition, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await monitor.WaitForAsync(condition, linked.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SceneFailedException($"The monitor did not see within {Deadline.TotalSeconds:0} s that {what}.");
        }
    }

    /// <summary>Does something to the servers and notes how long it takes until the monitor knows.</summary>
    public async Task UntilKnownAsync(string what, Func<Task> act, Func<ClusterSnapshot, bool> condition, CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        var known = MeasureAsync();
        await act();
        report.KnownAfter = await known;
        Say($"known after {Words.Duration(report.KnownAfter.Value)}: {what}");

        async Task<TimeSpan> MeasureAsync()
        {
            await UntilKnownAsync(what, condition, cancellationToken);
            return time.GetElapsedTime(startedAt);
        }
    }

    /// <summary>Waits until the load has brought something about.</summary>
    public async Task UntilSeenAsync(string what, Func<bool> condition, CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        while (!condition())
        {
            if (time.GetElapsedTime(startedAt) > Deadline)
            {
                throw new SceneFailedException($"The load did not bring about within {Deadline.TotalSeconds:0} s that {what}.");
            }

            await Task.Delay(Look, time, cancellationToken);
        }
    }

    public TimeSpan SinceThen(long then) => time.GetElapsedTime(then);

    /// <summary>What a caller does who was told to come back later.</summary>
    public Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken) => Task.Delay(pause, time, cancellationToken);

    /// <summary>Waits for a number of further reads, from whichever server.</summary>
    public Task UntilReadsAsync(int count, CancellationToken cancellationToken)
    {
        var enough = Tally.Reads + count;
        return UntilSeenAsync($"{count} more reads are answered", () => Tally.Reads >= enough, cancellationToken);
    }

    /// <summary>Waits until a replica is fresh again and takes its share of the reads.</summary>
    public async Task UntilBackAsync(string node, CancellationToken cancellationToken)
    {
        await UntilKnownAsync($"{node} is a fresh replica", snapshot => IsFresh(snapshot, node), cancellationToken);
        var enough = Tally.ReadsOn(node) + 20;
        await UntilSeenAsync($"{node} answers reads", () => Tally.ReadsOn(node) >= enough, cancellationToken);
        Say($"{node} is back and answers reads");
    }

    public static bool IsFresh(ClusterSnapshot snapshot, string node) =>
        snapshot.GetFreshReplicas(TierNames.Critical).Any(fresh => string.Equals(fresh.Name, node, StringComparison.Ordinal));
}
