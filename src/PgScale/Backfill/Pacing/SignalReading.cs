namespace PgScale.Backfill.Pacing;

/// <summary>One look at one signal. What is not known counts as over its limit.</summary>
/// <param name="Name">The signal, as metrics call it.</param>
/// <param name="Value">Its value, or null when it is not known.</param>
/// <param name="Limit">More than this is too much.</param>
/// <param name="Text">The end of the sentence "the pace is held back because …".</param>
internal sealed record SignalReading(string Name, double? Value, double Limit, string Text)
{
    /// <summary>Whether the run has to stop until somebody resumes it.</summary>
    internal bool IsCritical { get; init; }

    /// <summary>Whether the signal knows only go and stop.</summary>
    internal bool IsGate { get; init; }

    /// <summary>1 at the limit; more than any limit when not known.</summary>
    internal double Pressure => Value is not { } value ? double.PositiveInfinity : Limit > 0 ? value / Limit : value > 0 ? double.PositiveInfinity : 0;
}
