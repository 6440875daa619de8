namespace PgScale.Cluster;

/// <summary>How often and how patiently servers are asked how they are.</summary>
/// <remarks>
/// With the defaults each server gets two cheap statements a second from each process, and one that hangs is known after at
/// most <see cref="HeartbeatInterval"/> + <see cref="Timeout"/> = 0.95 s.
/// </remarks>
public sealed class ProbeOptions
{
    /// <summary>Time between two probes of a server. 50 ms to 1 min; default 1 s. Also the resolution of lag in time.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Time between two signs of life: between probes an empty query is sent. 50 ms to <see cref="Interval"/>; default 500 ms.
    /// </summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Silence after which a server counts as unreachable. 10 ms to 1 min; default 450 ms. The question stays open for
    /// <see cref="AbandonAfter"/>, so a late answer brings the server back at once.
    /// </summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMilliseconds(450);

    /// <summary>
    /// Silence after which the connection is given up and opened anew. <see cref="Timeout"/> to 10 min; default 2 s.
    /// </summary>
    public TimeSpan AbandonAfter { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Time between the first three probes of a server, in which its lag gets known, and between two while there is no primary.
    /// 10 ms to <see cref="Interval"/>; default 100 ms.
    /// </summary>
    public TimeSpan UrgentInterval { get; set; } = TimeSpan.FromMilliseconds(100);
}
