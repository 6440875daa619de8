using PgScale.Samples.Demo.Load;
using PgScale.Samples.Demo.Scenes;

namespace PgScale.Samples.Demo.View;

/// <summary>What came of the demo.</summary>
/// <param name="Nodes">All servers, in order.</param>
/// <param name="Scenes">The scenes that were played.</param>
/// <param name="Promises">What had to hold at the end.</param>
/// <param name="Duration">How long all took.</param>
internal sealed record DemoSummary(
    IReadOnlyList<string> Nodes, IReadOnlyList<SceneReport> Scenes, IReadOnlyList<Promise> Promises, TimeSpan Duration)
{
    /// <summary>All promises: those of each scene, those that hold throughout, those about the end.</summary>
    public IReadOnlyList<Promise> AllPromises =>
    [
        .. Scenes.SelectMany(scene => scene.Promises.Select(promise => promise with { Text = $"{scene.Title}: {promise.Text}" })),
        new($"every read was answered ({Sum(tally => tally.Reads):N0})", Sum(tally => tally.FailedReads) == 0),
        new($"every write was confirmed ({Sum(tally => tally.Writes):N0})", Sum(tally => tally.FailedWrites) == 0),
        new($"no token read was stale ({Sum(tally => tally.TokenReads):N0}, {Sum(tally => tally.TokenReadsOnReplicas):N0} of them on replicas)", Sum(tally => tally.StaleReads) == 0),
        .. Promises,
    ];

    public bool IsGood => AllPromises.All(promise => promise.IsKept);

    private long Sum(Func<Tally, long> count) => Scenes.Sum(scene => count(scene.Tally));
}
