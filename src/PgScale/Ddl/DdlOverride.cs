namespace PgScale.Ddl;

/// <summary>Lets statements pass that a rule would stop. It is recorded in the history with each statement that it let pass.</summary>
/// <param name="Rule">The rule's id, for example <c>PGS014</c>.</param>
/// <param name="Reason">Why this is right here, for those who read the history.</param>
/// <param name="By">Who decided it, or null.</param>
public sealed record DdlOverride(string Rule, string Reason, string? By = null);
