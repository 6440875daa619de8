namespace PgScale.Cluster;

/// <summary>What a server is in its cluster, as its own answers and those of its peers say.</summary>
public enum NodeRole
{
    /// <summary>The server has not answered yet, or it claims a role that it cannot have.</summary>
    Unknown = 0,

    /// <summary>The one server that takes writes.</summary>
    Primary,

    /// <summary>A server in recovery: it replays the primary's log and serves reads.</summary>
    Replica,
}
