using PgScale.Ddl.Server;
using PgScale.Ddl.Text;
using PgScale.Ddl.Text.Statements;

namespace PgScale.Ddl.Judgement;

/// <summary>What is known about the objects of one statement; without a server, nothing.</summary>
internal sealed class StatementFacts
{
    private readonly Dictionary<SqlName, RelationFacts?> _relations = [];
    private readonly Dictionary<AlterAction, ProbeResult> _probes = [];
    private readonly Dictionary<AlterAction, ColumnExtras> _extras = [];

    /// <summary>No server was asked.</summary>
    public static StatementFacts None { get; } = new();

    /// <summary>The server's major version; 0 without one.</summary>
    public int ServerVersion { get; init; }

    public bool FromServer => ServerVersion > 0;

    /// <summary>Tables that use a domain or composite type of the statement, with the columns' tables' sizes.</summary>
    public List<RelationFacts> Users { get; } = [];

    /// <summary>Names that are taken in the schema of the statement's table: relations and its constraints.</summary>
    public HashSet<string> TakenNames { get; } = new(StringComparer.Ordinal);

    /// <summary>The condition of the bound of a partition that is attached or made.</summary>
    public string? BoundCondition { get; set; }

    public RelationFacts? Relation(SqlName name) => _relations.GetValueOrDefault(name);

    public bool Knows(SqlName name) => _relations.ContainsKey(name);

    public void Add(SqlName name, RelationFacts? relation) => _relations[name] = relation;

    public ProbeResult? Probe(AlterAction action) => _probes.GetValueOrDefault(action);

    public void Add(AlterAction action, ProbeResult result) => _probes[action] = result;

    /// <summary>What belongs to the column whose type changes.</summary>
    public ColumnExtras? Extras(AlterAction action) => _extras.GetValueOrDefault(action);

    public void Add(AlterAction action, ColumnExtras extras) => _extras[action] = extras;
}
