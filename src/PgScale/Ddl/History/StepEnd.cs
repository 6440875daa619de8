namespace PgScale.Ddl.History;

/// <summary>How a step ended.</summary>
internal sealed record StepEnd(DdlOutcome Outcome, TimeSpan Waited = default, TimeSpan Held = default, IReadOnlyList<DdlBlocker>? Blockers = null);
