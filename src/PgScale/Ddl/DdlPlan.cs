namespace PgScale.Ddl;

/// <summary>What the judge says about one statement, and how it is run. Immutable.</summary>
public sealed record DdlPlan
{
    /// <summary>The statement as it was given, without its semicolon.</summary>
    public required string Statement { get; init; }

    /// <summary>Whether it runs as written, by a plan, or not at all.</summary>
    public required DdlVerdict Verdict { get; init; }

    /// <summary>Why, in one or two sentences.</summary>
    public required string Reason { get; init; }

    /// <summary>What to do instead; null unless <see cref="Verdict"/> is <see cref="DdlVerdict.Refused"/>.</summary>
    public string? Remedy { get; init; }

    /// <summary>What kind of statement it is, for example <c>ALTER TABLE</c>; null when that was not recognised.</summary>
    public string? Command { get; init; }

    /// <summary>The rules that it meets, overridden ones included.</summary>
    public IReadOnlyList<DdlFinding> Findings { get; init; } = [];

    /// <summary>The strongest lock that the statement as written takes on each relation that exists before it.</summary>
    public IReadOnlyList<DdlLock> Locks { get; init; } = [];

    /// <summary>Relations that the statement as written would rewrite or rebuild.</summary>
    public IReadOnlyList<string> Rewrites { get; init; } = [];

    /// <summary>Relations that the statement as written would read in whole.</summary>
    public IReadOnlyList<string> Scans { get; init; } = [];

    /// <summary>The steps to run, in order; the statement itself when it is safe, none when it is refused.</summary>
    public IReadOnlyList<DdlStep> Steps { get; init; } = [];

    /// <summary>Whether a server has parsed the statement and given the facts; otherwise the text alone was judged.</summary>
    public bool CheckedByServer { get; init; }

    /// <summary>The ids of the rules that it meets.</summary>
    public IEnumerable<string> Rules => Findings.Select(finding => finding.Rule.Id).Distinct(StringComparer.Ordinal);
}
