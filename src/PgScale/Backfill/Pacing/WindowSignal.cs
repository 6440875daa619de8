namespace PgScale.Backfill.Pacing;

/// <summary>Shut outside of the hours in which a backfill may work.</summary>
internal static class WindowSignal
{
    internal static IEnumerable<SignalReading> Read(BackfillPace pace, TimeProvider time)
    {
        if (pace.Windows is not { Count: > 0 } windows)
        {
            yield break;
        }

        var zone = pace.TimeZone is { } name ? TimeZoneInfo.FindSystemTimeZoneById(name) : TimeZoneInfo.Utc;
        var now = TimeOnly.FromTimeSpan(TimeZoneInfo.ConvertTime(time.GetUtcNow(), zone).TimeOfDay);
        yield return new("window", windows.Any(window => window.Contains(now)) ? 0 : 2, Limit: 1, $"it is {now:HH\\:mm} in {zone.Id}, and it may work {string.Join(", ", windows)}")
        {
            IsGate = true,
        };
    }
}
