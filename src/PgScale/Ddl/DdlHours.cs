namespace PgScale.Ddl;

/// <summary>Hours of the day, in UTC, in which schema changes may run. When they end before they start they span midnight.</summary>
/// <param name="From">The first minute.</param>
/// <param name="To">The end, not included.</param>
public sealed record DdlHours(TimeOnly From, TimeOnly To)
{
    /// <summary>Whether a moment lies within the hours.</summary>
    /// <param name="moment">The moment.</param>
    public bool Contains(DateTimeOffset moment) => TimeOnly.FromTimeSpan(moment.UtcDateTime.TimeOfDay).IsBetween(From, To);
}
