using PgScale.Samples.ChatService.Demo.Measures;
using PgScale.Samples.ChatService.Demo.Scenes;
using PgScale.Samples.ChatService.Demo.Traffic;

namespace PgScale.Samples.ChatService.Demo;

/// <summary>What came of the demo.</summary>
internal sealed record DemoSummary(SideCost Without, SideCost With, IReadOnlyList<SceneReport> Scenes, IReadOnlyList<Promise> Audit, TimeSpan Duration)
{
    private const double Fewer = 3;

    public bool IsGood => Promises.All(promise => promise.IsKept);

    /// <summary>All promises: about the cost, about each scene, about what people saw throughout, and about what is there at the end.</summary>
    public IReadOnlyList<Promise> Promises =>
    [
        new($"no request failed while all servers were well ({With.Tally.Failed:N0}, {Without.Tally.Failed:N0})", With.Tally.Failed + Without.Tally.Failed == 0),
        new($"a request costs the primary less than a third of the statements ({With.StatementsPerRequest:0.00}, {Without.StatementsPerRequest:0.00})", With.StatementsPerRequest * Fewer < Without.StatementsPerRequest),
        new($"a request writes a third less WAL at least ({With.WalPerRequest:N0} bytes, {Without.WalPerRequest:N0})", With.WalPerRequest * 1.5 < Without.WalPerRequest),
        .. Scenes.SelectMany(scene => scene.Promises.Select(promise => promise with { Text = $"{scene.Title}: {promise.Text}" })),
        new($"everybody saw what they wrote ({Checked:N0} looked, {Stale:N0} did not see it)", Stale == 0),
        .. Audit,
    ];

    private long Checked => Tallies.Sum(tally => tally.Checked);

    private long Stale => Tallies.Sum(tally => tally.Stale);

    private IEnumerable<Tally> Tallies => Scenes.Select(scene => scene.With).Prepend(With.Tally);
}
