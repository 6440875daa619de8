using PgScale.Ddl.Planning;
using PgScale.Ddl.Server;
using PgScale.Ddl.Text;

namespace PgScale.Ddl.Judgement;

/// <summary>Collects what rules find about one statement: its effects as written, the rules that it meets, the plan and the refusal.</summary>
internal sealed class Ruling(StatementFacts facts, DdlPolicy policy)
{
    private readonly Dictionary<string, DdlLockMode> _locks = new(StringComparer.Ordinal);
    private readonly HashSet<string> _rewrites = new(StringComparer.Ordinal);
    private readonly HashSet<string> _scans = new(StringComparer.Ordinal);

    public StatementFacts Facts => facts;

    public DdlPolicy Policy => policy;

    public List<DdlFinding> Findings { get; } = [];

    /// <summary>The safe steps of each part; null for a part that is safe as it is.</summary>
    public List<DdlStep>? Plan { get; private set; }

    public DdlFinding? Refusal { get; private set; }

    public string? Remedy { get; private set; }

    public NewNames Names { get; init; } = new(facts.TakenNames);

    public IReadOnlyList<DdlLock> Locks => [.. _locks.Select(one => new DdlLock(one.Key, one.Value))];

    public IReadOnlyList<string> Rewrites => [.. _rewrites];

    public IReadOnlyList<string> Scans => [.. _scans];

    /// <summary>The name with its schema where that is known.</summary>
    public string Show(SqlName name) => (facts.Relation(name)?.Name ?? name).ToString();

    /// <summary>It and all that inherit from it, with their schemas where those are known.</summary>
    public IReadOnlyList<string> ShowTree(SqlName name) => facts.Relation(name) is { } relation ? [.. relation.Tree.Select(one => one.Name.ToString())] : [name.ToString()];

    public PlannedTable Planned(SqlName name) => new(facts.Relation(name)?.Name ?? name, facts.Relation(name), Names, facts.ServerVersion);

    /// <summary>Whether work on all rows is over before anyone notices.</summary>
    public bool IsSmall(SqlName name) => facts.Relation(name) is { } relation && IsSmall(relation);

    public bool IsSmall(RelationFacts relation) => relation.TotalBytes <= policy.LargestPlainTable;

    public void Lock(SqlName name, DdlLockMode mode) => Lock(Show(name), mode);

    public void Lock(string relation, DdlLockMode mode)
    {
        if (!_locks.TryGetValue(relation, out DdlLockMode held) || held < mode)
        {
            _locks[relation] = mode;
        }
    }

    /// <summary>The relation and all that inherit from it.</summary>
    public void LockTree(SqlName name, DdlLockMode mode)
    {
        Lock(name, mode);
        if (facts.Relation(name) is { } relation)
        {
            LockTree(relation, mode);
        }
    }

    public void LockTree(RelationFacts relation, DdlLockMode mode)
    {
        foreach (RelationFacts one in relation.Tree)
        {
            Lock(one.Name.ToString(), mode);
        }
    }

    public void Rewrite(SqlName name) => _rewrites.Add(Show(name));

    public void Rewrite(string relation) => _rewrites.Add(relation);

    public void Scan(SqlName name) => _scans.Add(Show(name));

    public void Scan(string relation) => _scans.Add(relation);

    /// <summary>Notes a rule that the statement meets; false when an override lets it pass.</summary>
    public bool Meets(DdlRule rule, string message, SqlName? relation = null)
    {
        DdlFinding finding = new(rule, message, relation is null ? null : Show(relation)) { Override = policy.OverrideOf(rule) };
        Findings.Add(finding);
        return finding.Override is null;
    }

    /// <summary>A rule that a plan gets around.</summary>
    public void Replace(DdlRule rule, string message, SqlName relation, Func<IEnumerable<DdlStep>> steps)
    {
        if (Meets(rule, message, relation))
        {
            Replace(steps());
        }
    }

    public void Replace(IEnumerable<DdlStep> steps) => (Plan ??= []).AddRange(steps);

    /// <summary>A rule that nothing but an override gets around.</summary>
    public void Refuse(DdlRule rule, string message, SqlName? relation = null, string? remedy = null)
    {
        if (Meets(rule, message, relation))
        {
            Refusal ??= Findings[^1];
            Remedy ??= remedy ?? rule.SafeWay;
        }
    }

    /// <summary>Takes over what was found about a part.</summary>
    public void Absorb(Ruling part)
    {
        Findings.AddRange(part.Findings);
        foreach (DdlLock taken in part.Locks)
        {
            Lock(taken.Relation, taken.Mode);
        }

        _rewrites.UnionWith(part._rewrites);
        _scans.UnionWith(part._scans);
        Refusal ??= part.Refusal;
        Remedy ??= part.Remedy;
    }
}
