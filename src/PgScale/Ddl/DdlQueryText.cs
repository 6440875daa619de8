namespace PgScale.Ddl;

/// <summary>How much of a blocker's statement is shown in progress, logs, errors and the history.</summary>
public enum DdlQueryText
{
    /// <summary>Its shape: strings and numbers are replaced by <c>?</c>, and it is cut to 200 characters.</summary>
    Redacted,

    /// <summary>Nothing.</summary>
    Hidden,

    /// <summary>All that the server shows, with the values in it.</summary>
    Full,
}
