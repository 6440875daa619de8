namespace PgScale.Tests.Corpus;

/// <summary>What a live server did when it ran a statement of the corpus.</summary>
/// <param name="Id">The statement's id.</param>
/// <param name="Outcome"><c>ok</c>, an SQLSTATE, or <c>none</c> where it was not run.</param>
/// <param name="Locks">The strongest lock on each table, view and sequence that was there before.</param>
/// <param name="Rewrites">Relations that had rows and got new files.</param>
/// <param name="Scans">Relations that had rows and were read in whole.</param>
/// <param name="Dangerous">Whether it rewrote, or read under a lock that stops writes.</param>
internal sealed record Truth(string Id, string Outcome, string Locks, string Rewrites, string Scans, bool Dangerous)
{
    public IEnumerable<string> LockList => Locks.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The strongest mode on any relation, or nothing.</summary>
    public string Strongest => LockList.Select(one => one[(one.LastIndexOf('=') + 1)..]).OrderByDescending(Rank).FirstOrDefault("");

    public static int Rank(string mode) => Array.IndexOf(
        ["", "AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock", "ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"], mode);

    public static string FileFor(int major) => Path.Combine(CorpusRow.Folder, $"truth-{major}.tsv");

    public static Dictionary<string, Truth> Read(int major) =>
        File.ReadLines(FileFor(major)).Skip(1).Select(line => line.Split('\t')).ToDictionary(
            cells => cells[0], cells => new Truth(cells[0], cells[1], cells[2], cells[3], cells[4], cells[5] == "dangerous"), StringComparer.Ordinal);

    public string Line => string.Join('\t', Id, Outcome, Locks, Rewrites, Scans, Dangerous ? "dangerous" : "");

    public const string Header = "id\toutcome\tlocks\trewrites\tscans\tdangerous";
}
