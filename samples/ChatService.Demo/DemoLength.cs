namespace PgScale.Samples.ChatService.Demo;

/// <summary>How much the demo does.</summary>
/// <param name="Users">Users and conversations at the start.</param>
/// <param name="Messages">Messages at the start.</param>
/// <param name="Rate">Requests a second while costs are measured.</param>
/// <param name="Measured">How long costs are measured, for each side.</param>
/// <param name="SceneRate">Requests a second for each side while servers fail.</param>
internal sealed record DemoLength(int Users, int Messages, int Rate, TimeSpan Measured, int SceneRate)
{
    public static DemoLength Full { get; } = new(Users: 5_000, Messages: 300_000, Rate: 300, TimeSpan.FromSeconds(12), SceneRate: 80);

    /// <summary>For CI: the same scenes on less data.</summary>
    public static DemoLength Short { get; } = new(Users: 1_000, Messages: 30_000, Rate: 150, TimeSpan.FromSeconds(4), SceneRate: 40);

    /// <summary>Traffic before the measurement, in which caches fill and code is compiled.</summary>
    public TimeSpan WarmUp => Measured / 4;
}
