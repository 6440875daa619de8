using Npgsql;

namespace PgScale.Cluster;

/// <summary>One server as configured: immutable, and without its secrets.</summary>
public sealed class ClusterNode
{
    internal ClusterNode(NodeOptions options, int addressGeneration = 0)
    {
        AddressGeneration = addressGeneration;
        Name = options.Name;
        ConnectionString = options.ConnectionString;
        ProbeConnectionString = options.ProbeConnectionString ?? options.ConnectionString;
        Region = options.Region;
        Weight = options.Weight;
        Tiers = [.. options.Tiers];
        Pooler = options.Pooler;
        PoolerKeepsPreparedStatements = options.PoolerKeepsPreparedStatements;
        ReplicatesFromArchive = options.ReplicatesFromArchive;
        var address = new NpgsqlConnectionStringBuilder(ConnectionString);
        Host = address.Host ?? "";
        Port = address.Port;
    }

    /// <summary>The name in logs, metrics and errors.</summary>
    public string Name { get; }

    /// <summary>Host name or address from the connection string.</summary>
    public string Host { get; }

    /// <summary>TCP port from the connection string.</summary>
    public int Port { get; }

    /// <summary>Where the server stands, or null.</summary>
    public string? Region { get; }

    /// <summary>Share of traffic compared with its peers, more than 0.</summary>
    public double Weight { get; }

    /// <summary>The tiers whose reads it may take as a replica; empty for all.</summary>
    public IReadOnlyList<string> Tiers { get; }

    /// <summary>What connections lead through.</summary>
    public PoolerMode Pooler { get; }

    /// <summary>How often the host name has come to mean another server.</summary>
    internal int AddressGeneration { get; }

    internal string ConnectionString { get; }

    internal string ProbeConnectionString { get; }

    internal bool PoolerKeepsPreparedStatements { get; }

    internal bool ReplicatesFromArchive { get; }

    /// <summary>Whether the server may take reads of a tier.</summary>
    /// <param name="tier">The tier's name, in any case.</param>
    public bool Serves(string tier) => Tiers.Count == 0 || Tiers.Contains(tier, StringComparer.OrdinalIgnoreCase);

    /// <summary>The name and address.</summary>
    public override string ToString() => $"{Name} ({Host}:{Port})";

    internal bool IsSameAs(ClusterNode other) =>
        string.Equals(Name, other.Name, StringComparison.Ordinal)
        && string.Equals(ConnectionString, other.ConnectionString, StringComparison.Ordinal)
        && string.Equals(ProbeConnectionString, other.ProbeConnectionString, StringComparison.Ordinal)
        && string.Equals(Region, other.Region, StringComparison.Ordinal)
        && Weight.Equals(other.Weight)
        && Tiers.SequenceEqual(other.Tiers, StringComparer.OrdinalIgnoreCase)
        && Pooler == other.Pooler
        && PoolerKeepsPreparedStatements == other.PoolerKeepsPreparedStatements
        && ReplicatesFromArchive == other.ReplicatesFromArchive
        && AddressGeneration == other.AddressGeneration;
}
