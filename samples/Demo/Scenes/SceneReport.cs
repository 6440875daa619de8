using PgScale.Samples.Demo.Load;

namespace PgScale.Samples.Demo.Scenes;

/// <summary>What the application saw in one scene.</summary>
internal sealed class SceneReport(string title, Tally tally)
{
    private readonly List<Promise> _promises = [];

    public string Title { get; } = title;

    public Tally Tally { get; } = tally;

    /// <summary>How long it took until the monitor knew of the fault; null when there was none.</summary>
    public TimeSpan? KnownAfter { get; set; }

    /// <summary>The longest time without a confirmed write; fixed when the scene ends.</summary>
    public TimeSpan LongestWritePause { get; private set; }

    /// <summary>The time within which 99 of 100 reads were answered; fixed when the scene ends.</summary>
    public TimeSpan ReadTime99 { get; private set; }

    public IReadOnlyList<Promise> Promises => _promises;

    public void Promise(string text, bool isKept) => _promises.Add(new(text, isKept));

    /// <summary>Fixes what would go on changing.</summary>
    public void Close()
    {
        LongestWritePause = Tally.LongestPause;
        ReadTime99 = Tally.ReadTime99;
    }
}
