namespace PgScale.Ddl.Execution;

/// <summary>How long transactions have been in the way by what was seen here, for servers that do not tell this role their age.</summary>
internal sealed class BlockerAges(TimeProvider time)
{
    private Dictionary<(string Node, int Pid, string Transaction), long> _first = [];

    /// <summary>The same blockers with the greater of both ages; who is not among them any more is forgotten.</summary>
    internal List<DdlBlocker> Complete(IEnumerable<DdlBlocker> blockers)
    {
        var seen = new Dictionary<(string, int, string), long>();
        var complete = new List<DdlBlocker>();
        foreach (var blocker in blockers)
        {
            var key = (blocker.Node, blocker.Pid, blocker.Transaction);
            seen[key] = _first.TryGetValue(key, out var first) ? first : time.GetTimestamp();
            var age = time.GetElapsedTime(seen[key]);
            complete.Add(age > blocker.Age ? blocker with { Age = age } : blocker);
        }

        _first = seen;
        return complete;
    }

    /// <summary>How long it has been seen in the way; zero for one that is new.</summary>
    internal TimeSpan SeenFor(DdlBlocker blocker) =>
        _first.TryGetValue((blocker.Node, blocker.Pid, blocker.Transaction), out var first) ? time.GetElapsedTime(first) : TimeSpan.Zero;
}
