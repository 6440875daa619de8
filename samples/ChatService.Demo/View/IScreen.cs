using PgScale.Samples.ChatService.Demo.Traffic;

namespace PgScale.Samples.ChatService.Demo.View;

/// <summary>Shows the demo; knows nothing that it is not told.</summary>
internal interface IScreen : IAsyncDisposable
{
    /// <summary>Something happened.</summary>
    void Say(string text);

    /// <summary>A part begins.</summary>
    void Begin(string title);

    /// <summary>How things stand; told twice a second.</summary>
    void Show(IReadOnlyList<Side> sides);

    /// <summary>The end, once the screen has been disposed of.</summary>
    void Summarize(DemoSummary summary);
}
