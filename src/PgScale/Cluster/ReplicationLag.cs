using System.Globalization;

namespace PgScale.Cluster;

/// <summary>How far a replica is behind the primary, at the moment it was observed. Unknown is never zero.</summary>
/// <remarks>
/// Bytes are the primary's flushed position minus the replica's replay position. Time is the age of the oldest primary position
/// that the replica has not replayed, measured on this process's monotonic clock: no clock of a server takes part, and an idle
/// primary adds nothing. Its resolution is <see cref="ProbeOptions.Interval"/>.
/// </remarks>
/// <param name="Bytes">Log not replayed yet, in bytes, 0 or more; <see langword="null"/> when not known.</param>
/// <param name="Time">Age of the oldest log not replayed yet, 0 or more; <see langword="null"/> when not known.</param>
public readonly record struct ReplicationLag(long? Bytes, TimeSpan? Time)
{
    /// <summary>Nothing is known; every limit counts as exceeded.</summary>
    public static ReplicationLag Unknown => default;

    /// <summary>Everything that the primary had flushed has been replayed.</summary>
    public static ReplicationLag None => new(0, TimeSpan.Zero);

    /// <summary>Whether both measures are known.</summary>
    public bool IsKnown => Bytes is not null && Time is not null;

    /// <summary>Whether the lag is known and within every limit that is given.</summary>
    /// <param name="maxTime">Limit on time, or <see langword="null"/> for none.</param>
    /// <param name="maxBytes">Limit on bytes, or <see langword="null"/> for none.</param>
    public bool IsWithin(TimeSpan? maxTime, long? maxBytes) =>
        (maxTime is null || (Time is { } time && time <= maxTime)) && (maxBytes is null || (Bytes is { } bytes && bytes <= maxBytes));

    /// <inheritdoc/>
    public override string ToString()
    {
        var time = Time is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known.TotalSeconds:0.###} s") : "unknown time";
        var bytes = Bytes is { } count ? string.Create(CultureInfo.InvariantCulture, $"{count} bytes") : "unknown bytes";
        return $"{time}, {bytes}";
    }
}
