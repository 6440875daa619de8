using PgScale.Cluster;

namespace PgScale.Samples.Demo.Scenes;

/// <summary>A replica goes on receiving the log but no longer replays it: it answers, and what it answers is old.</summary>
internal sealed class ReplayPaused : IScene
{
    public string Title => "replay paused";

    public async Task PlayAsync(Stage stage, CancellationToken cancellationToken)
    {
        var late = stage.Snapshot.GetFreshReplicas(TierNames.Critical).Last().Name;
        var server = stage.Servers.Find(late);
        stage.Say($"pause replay on {late}; tier {TierNames.Critical} takes replicas up to {stage.Snapshot.GetTier(TierNames.Critical).MaxLagTime?.TotalSeconds:0} s old");
        await stage.UntilKnownAsync(
            $"{late} lags too far and is skipped",
            () => server.PauseReplayAsync(cancellationToken),
            snapshot => !Stage.IsFresh(snapshot, late),
            cancellationToken);
        await stage.UntilReadsAsync(50, cancellationToken); // reads that were under way are over
        var before = stage.Tally.ReadsOn(late);
        await stage.UntilReadsAsync(300, cancellationToken);
        stage.Say($"{late} is behind by {stage.Snapshot.Find(late)?.Lag}");
        stage.Report.Promise("the late replica got no read", stage.Tally.ReadsOn(late) == before);
        stage.Say($"resume replay on {late}");
        await server.ResumeReplayAsync(cancellationToken);
        await stage.UntilBackAsync(late, cancellationToken);
    }
}
