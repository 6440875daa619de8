namespace PgScale.Routing;

/// <summary>What <see cref="SilenceWatch"/> remembers of a lane from one look to the next.</summary>
internal sealed class SilenceDoubt
{
    private long _asked;
    private int _looks;

    /// <summary>When the node was last probed because of its silence.</summary>
    internal long ProbedAt { get; set; }

    /// <summary>The least time until it is probed again for the same silence.</summary>
    internal TimeSpan Gap { get; set; }

    /// <summary>How often this probe was seen unanswered, with this look.</summary>
    internal int CountLook(long asked)
    {
        _looks = asked == _asked ? _looks + 1 : 1;
        _asked = asked;
        return _looks;
    }
}
