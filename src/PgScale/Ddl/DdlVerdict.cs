namespace PgScale.Ddl;

/// <summary>What the judge says about a statement.</summary>
public enum DdlVerdict
{
    /// <summary>It can be run as it is: its locks are short, it neither rewrites nor scans a large table under a lock that stops writes.</summary>
    Safe,

    /// <summary>It would stall the application as written; the plan's steps end in the same schema and do not.</summary>
    Planned,

    /// <summary>It is not run: the reason and the remedy say why and what to do instead.</summary>
    Refused,
}
