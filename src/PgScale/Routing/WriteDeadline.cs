namespace PgScale.Routing;

/// <summary>How long a write may still wait for a primary.</summary>
internal readonly struct WriteDeadline(TimeSpan limit, TimeProvider time)
{
    private readonly long _startedAt = time.GetTimestamp();

    internal TimeSpan Limit { get; } = limit;

    internal TimeSpan Left => Limit - time.GetElapsedTime(_startedAt) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    internal bool HasPassed => Left == TimeSpan.Zero;
}
