namespace PgScale.Ddl;

/// <summary>What to do about a session that stands in the way of a lock.</summary>
public enum DdlBlockerAction
{
    /// <summary>Wait until it ends, and say who it is.</summary>
    Wait,

    /// <summary>Stop at once with a report of who it is.</summary>
    Report,

    /// <summary>Cancel its statement.</summary>
    Cancel,

    /// <summary>End the session.</summary>
    Terminate,
}
