using System.Globalization;
using Npgsql;

namespace PgScale.Cluster;

/// <summary>What must hold for the servers, whether they come from the configuration or from a node source.</summary>
internal static class NodeOptionsRules
{
    private const int LongestName = 63;

    /// <summary>Checks nodes that come together.</summary>
    /// <param name="nodes">The nodes; null among them is refused.</param>
    /// <param name="options">The options that hold for them.</param>
    /// <param name="rules">Collects the problems.</param>
    /// <param name="taken">Names that others have already.</param>
    internal static void CheckAll(IEnumerable<NodeOptions> nodes, PgScaleOptions options, OptionRules rules, IEnumerable<string> taken)
    {
        var names = new HashSet<string>(taken, StringComparer.OrdinalIgnoreCase);
        foreach (var (index, node) in nodes.Index())
        {
            var path = $"Nodes:{index}";
            if (node is null)
            {
                rules.Refuse(path, "is null. Remove it, or give it Name and ConnectionString.");
            }
            else if (CheckName(node, path, names, rules))
            {
                Check(node, path, options, rules);
            }
        }
    }

    private static void Check(NodeOptions node, string path, PgScaleOptions options, OptionRules rules)
    {
        CheckConnection(node, node.ConnectionString, $"{path}:ConnectionString", rules, isProbe: false);
        if (node.ProbeConnectionString is { } probe)
        {
            CheckConnection(node, probe, $"{path}:ProbeConnectionString", rules, isProbe: true);
        }

        CheckTiers(node, path, options, rules);
        rules.Require(node.Weight is > 0 and <= 1000, $"{path}:Weight",
            string.Create(CultureInfo.InvariantCulture, $"of node '{node.Name}' is {node.Weight}; it must be more than 0 and at most 1000."));
        rules.Require(Enum.IsDefined(node.Pooler), $"{path}:Pooler", $"of node '{node.Name}' is {node.Pooler}; use None or PgBouncerTransaction.");
    }

    // A name that is refused may be a connection string in the wrong place: it is not repeated, here or in what follows.
    private static bool CheckName(NodeOptions node, string path, HashSet<string> names, OptionRules rules)
    {
        var name = node.Name;
        if (string.IsNullOrWhiteSpace(name) || name.Length > LongestName || Secrets.AreIn(name))
        {
            rules.Refuse($"{path}:Name", string.IsNullOrWhiteSpace(name)
                ? $"is '{name}'; give the node a name of 1 to {LongestName} characters."
                : $"has {name.Length} characters and is not shown, for it may be a connection string; give the node a name of 1 to {LongestName} characters.");
            return false;
        }

        if (!names.Add(name))
        {
            rules.Refuse($"{path}:Name", $"is '{name}', and another node has that name already. Names are told apart without regard to case: rename one.");
        }

        return true;
    }

    private static void CheckConnection(NodeOptions node, string connectionString, string path, OptionRules rules, bool isProbe)
    {
        if (ReadConnection(node, connectionString, path, rules) is not { } parsed)
        {
            return;
        }

        if (string.IsNullOrWhiteSpace(parsed.Host))
        {
            rules.Refuse(path, $"of node '{node.Name}' names no host. Add Host=….");
        }
        else if (parsed.Host.Contains(',', StringComparison.Ordinal))
        {
            rules.Refuse(path, $"of node '{node.Name}' names several hosts ({parsed.Host}). Make each of them a node of its own: PgScale chooses between them.");
        }
        else if (parsed.Multiplexing && !isProbe)
        {
            rules.Refuse(path, $"of node '{node.Name}' sets Multiplexing, with which session guards cannot hold. Remove it.");
        }
        else
        {
            CheckUse(node, parsed, path, rules);
        }

        if (!isProbe && node.Pooler == PoolerMode.PgBouncerTransaction && !node.PoolerKeepsPreparedStatements)
        {
            rules.Require(parsed.MaxAutoPrepare == 0, path,
                $"of node '{node.Name}' sets Max Auto Prepare={parsed.MaxAutoPrepare}, but a pooler in transaction mode loses prepared statements. "
                + "Remove it, or set PoolerKeepsPreparedStatements if it is PgBouncer 1.21 or later with max_prepared_statements above 0.");
        }
    }

    // Npgsql throws many kinds of exceptions, and they may quote the text, and with it a password: only the kind is told.
    private static NpgsqlConnectionStringBuilder? ReadConnection(NodeOptions node, string connectionString, string path, OptionRules rules)
    {
        try
        {
            var parsed = new NpgsqlConnectionStringBuilder(connectionString);
            if (!Secrets.AreMisplacedIn(parsed))
            {
                return parsed;
            }

            rules.Refuse(path, $"of node '{node.Name}' has a password inside the value of another keyword. Put a ';' before Password.");
        }
        catch (Exception exception)
        {
            rules.Refuse(path, $"of node '{node.Name}' cannot be read as an Npgsql connection string ({exception.GetType().Name}). Check its keywords and values.");
        }

        return null;
    }

    private static void CheckUse(NodeOptions node, NpgsqlConnectionStringBuilder parsed, string path, OptionRules rules)
    {
        try
        {
            var usable = new NpgsqlConnectionStringBuilder(parsed.ConnectionString) { TargetSessionAttributes = null, Multiplexing = false };
            using var dataSource = NpgsqlDataSource.Create(usable);
        }
        catch (Exception exception)
        {
            rules.Refuse(path, $"of node '{node.Name}' has settings that exclude each other ({exception.GetType().Name}). Check its keywords and values.");
        }
    }

    private static void CheckTiers(NodeOptions node, string path, PgScaleOptions options, OptionRules rules)
    {
        if (node.Tiers is null)
        {
            rules.Refuse($"{path}:Tiers", $"of node '{node.Name}' is null. Leave it out for all tiers.");
            return;
        }

        foreach (var tier in node.Tiers)
        {
            rules.Require(tier is not null && options.Tiers.ContainsKey(tier), $"{path}:Tiers",
                $"of node '{node.Name}' names the tier '{tier}', which does not exist. Use one of {string.Join(", ", options.Tiers.Keys)}, or add it under PgScale:Tiers.");
        }
    }
}
