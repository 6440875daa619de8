namespace PgScale.Backfill;

/// <summary>Hours of the day: from, inclusive, to, exclusive. One that ends before it begins goes over midnight.</summary>
public sealed record BackfillWindow
{
    /// <summary>When it opens. Default 00:00.</summary>
    public TimeOnly From { get; set; }

    /// <summary>When it closes. Default 00:00; equal to <see cref="From"/> means the whole day.</summary>
    public TimeOnly To { get; set; }

    internal bool Contains(TimeOnly time) => From == To || (From < To ? time >= From && time < To : time >= From || time < To);

    /// <inheritdoc/>
    public override string ToString() => $"{From:HH\\:mm}-{To:HH\\:mm}";
}
