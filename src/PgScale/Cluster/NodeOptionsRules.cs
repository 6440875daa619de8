using Npgsql;

namespace PgScale.Cluster;

/// <summary>What must hold for the servers, whether they come from the configuration or from a node source.</summary>
internal static class NodeOptionsRules
{
    internal static void CheckAll(IEnumerable<NodeOptions> nodes, PgScaleOptions options, OptionRules rules)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var index = 0;
        foreach (var node in nodes)
        {
            var path = $"Nodes:{index++}";
            CheckName(node, path, names, rules);
            CheckConnection(node, node.ConnectionString, $"{path}:ConnectionString", rules, isProbe: false);
            if (node.ProbeConnectionString is { } probe)
            {
                CheckConnection(node, probe, $"{path}:ProbeConnectionString", rules, isProbe: true);
            }

            CheckTiers(node, path, options, rules);
            rules.Require(node.Weight is > 0 and <= 1000, $"{path}:Weight", $"of node '{node.Name}' is {node.Weight}; it must be more than 0 and at most 1000.");
            rules.Require(Enum.IsDefined(node.Pooler), $"{path}:Pooler", $"of node '{node.Name}' is {node.Pooler}; use None or PgBouncerTransaction.");
        }
    }

    private static void CheckName(NodeOptions node, string path, HashSet<string> names, OptionRules rules)
    {
        if (string.IsNullOrWhiteSpace(node.Name) || node.Name.Length > 63)
        {
            rules.Refuse($"{path}:Name", $"is '{node.Name}'; give the node a name of 1 to 63 characters.");
        }
        else if (!names.Add(node.Name))
        {
            rules.Refuse($"{path}:Name", $"is '{node.Name}', and another node has that name already. Names are told apart without regard to case: rename one.");
        }
    }

    private static void CheckConnection(NodeOptions node, string connectionString, string path, OptionRules rules, bool isProbe)
    {
        NpgsqlConnectionStringBuilder parsed;
        try
        {
            parsed = new(connectionString);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException or InvalidOperationException)
        {
            // The exception may quote the text, and with it a password.
            rules.Refuse(path, $"of node '{node.Name}' cannot be read as an Npgsql connection string ({exception.GetType().Name}). Check its keywords and values.");
            return;
        }

        rules.Require(!string.IsNullOrWhiteSpace(parsed.Host), path, $"of node '{node.Name}' names no host. Add Host=….");
        rules.Require(parsed.Host?.Contains(',', StringComparison.Ordinal) != true, path,
            $"of node '{node.Name}' names several hosts ({parsed.Host}). Make each of them a node of its own: PgScale chooses between them.");
        if (isProbe)
        {
            return;
        }

        rules.Require(!parsed.Multiplexing, path, $"of node '{node.Name}' sets Multiplexing, with which session guards cannot hold. Remove it.");
        if (node.Pooler == PoolerMode.PgBouncerTransaction && !node.PoolerKeepsPreparedStatements)
        {
            rules.Require(parsed.MaxAutoPrepare == 0, path,
                $"of node '{node.Name}' sets Max Auto Prepare={parsed.MaxAutoPrepare}, but a pooler in transaction mode loses prepared statements. "
                + "Remove it, or set PoolerKeepsPreparedStatements if it is PgBouncer 1.21 or later with max_prepared_statements above 0.");
        }
    }

    private static void CheckTiers(NodeOptions node, string path, PgScaleOptions options, OptionRules rules)
    {
        foreach (var tier in node.Tiers)
        {
            rules.Require(tier is not null && options.Tiers.ContainsKey(tier), $"{path}:Tiers",
                $"of node '{node.Name}' names the tier '{tier}', which does not exist. Use one of {string.Join(", ", options.Tiers.Keys)}, or add it under PgScale:Tiers.");
        }
    }
}
