namespace PgScale.Caching;

/// <summary>Milliseconds that only go forward, cheap enough to be read at every hit.</summary>
/// <remarks>
/// The system's own coarse clock where the time provider is the system's; it is up to <see cref="Coarseness"/> late, and goes on
/// while the process is stopped, which a counter kept by a timer would not.
/// </remarks>
internal sealed class CacheClock(TimeProvider time)
{
    /// <summary>How much later it may be than the clock says.</summary>
    internal const int Coarseness = 20;

    private readonly TimeProvider? _manual = ReferenceEquals(time, TimeProvider.System) ? null : time;

    internal TimeProvider Time => time;

    internal long Now => _manual is null ? Environment.TickCount64 : Ask(_manual);

    private static long Ask(TimeProvider manual) => (long)manual.GetElapsedTime(0, manual.GetTimestamp()).TotalMilliseconds;
}
