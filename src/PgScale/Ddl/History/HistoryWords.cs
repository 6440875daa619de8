namespace PgScale.Ddl.History;

/// <summary>Outcomes as the history's tables write them.</summary>
internal static class HistoryWords
{
    internal static string Of(DdlOutcome outcome) => outcome switch
    {
        DdlOutcome.Running => "running",
        DdlOutcome.Succeeded => "succeeded",
        DdlOutcome.Skipped => "skipped",
        DdlOutcome.Paused => "paused",
        DdlOutcome.Abandoned => "abandoned",
        _ => "failed",
    };

    internal static DdlOutcome Parse(string word) => Enum.TryParse<DdlOutcome>(word, ignoreCase: true, out var outcome) ? outcome : DdlOutcome.Failed;
}
