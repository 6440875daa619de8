namespace PgScale.Ddl.Execution;

/// <summary>A <c>DETACH PARTITION … CONCURRENTLY</c> that was interrupted is finished, not begun again.</summary>
internal static class PendingDetach
{
    private const string Ending = " CONCURRENTLY";

    /// <summary>The statement that finishes it; null when the statement is no detaching.</summary>
    internal static string? Finish(string statement) =>
        statement.EndsWith(Ending, StringComparison.OrdinalIgnoreCase)
        && statement.StartsWith("ALTER TABLE", StringComparison.OrdinalIgnoreCase)
        && statement.Contains("DETACH PARTITION", StringComparison.OrdinalIgnoreCase)
            ? string.Concat(statement.AsSpan(0, statement.Length - Ending.Length), " FINALIZE")
            : null;
}
