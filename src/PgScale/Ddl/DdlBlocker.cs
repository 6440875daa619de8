using System.Globalization;

namespace PgScale.Ddl;

/// <summary>A session that stands in the way of a lock.</summary>
public sealed record DdlBlocker
{
    /// <summary>The node on which it runs, as configured.</summary>
    public required string Node { get; init; }

    /// <summary>Its process id on that server; 0 for a prepared transaction.</summary>
    public required int Pid { get; init; }

    /// <summary>What it is.</summary>
    public required DdlBlockerKind Kind { get; init; }

    /// <summary>Its <c>application_name</c>; for a prepared transaction its identifier.</summary>
    public string Application { get; init; } = "";

    /// <summary>Its role; empty when the server does not say.</summary>
    public string User { get; init; } = "";

    /// <summary>Its state as <c>pg_stat_activity</c> names it, for example <c>idle in transaction</c>; empty when this role may not see it.</summary>
    public string State { get; init; } = "";

    /// <summary>How long its transaction has been open.</summary>
    public TimeSpan Age { get; init; }

    /// <summary>Its last statement, as <see cref="SafeDdlExecutorOptions.QueryText"/> allows it to be shown; empty when that is not known.</summary>
    public string Query { get; init; } = "";

    /// <summary>The relation that it holds, as the server names it; empty when it is in the way by its snapshot.</summary>
    public string Relation { get; init; } = "";

    /// <summary>The lock that it holds or waits for, as <c>pg_locks</c> names it.</summary>
    public string Mode { get; init; } = "";

    /// <summary>The virtual transaction, by which a session that begins a new one is told from one that still has the old.</summary>
    internal string Transaction { get; init; } = "";

    /// <summary>Who it is, in one line.</summary>
    public override string ToString()
    {
        var query = Query.Length == 0 ? "" : $": {Query}";
        var relation = Relation.Length == 0 ? "" : $", {Mode} on {Relation}";
        return string.Create(CultureInfo.InvariantCulture, $"pid {Pid} on {Node} ({Kind}, '{Application}', {State}, {Age.TotalSeconds:0.0} s{relation}){query}");
    }
}
