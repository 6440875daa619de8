namespace PgScale.Samples.Demo.View;

/// <summary>Shows the demo; knows nothing that it is not told.</summary>
internal interface IDemoView : IAsyncDisposable
{
    /// <summary>Something happened.</summary>
    void Say(string text);

    /// <summary>A scene begins.</summary>
    void Begin(string scene);

    /// <summary>How things stand; told several times a second.</summary>
    void Show(DemoFacts facts);

    /// <summary>The end, once the view has been disposed of.</summary>
    void Summarize(DemoSummary summary);
}
