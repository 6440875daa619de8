using Npgsql;

namespace PgScale.Testing.Postgres;

/// <summary>A cluster that someone else runs, named by connection strings in the environment.</summary>
internal sealed class ExternalCluster : ClusterHost
{
    public const string PrimaryVariable = "PGSCALE_TEST_PRIMARY";
    public const string ReplicasVariable = "PGSCALE_TEST_REPLICAS";

    private ExternalCluster(IReadOnlyList<PostgresServer> servers, int majorVersion, TimeSpan timeout)
        : base(timeout)
    {
        Servers = servers;
        MajorVersion = majorVersion;
    }

    public override IReadOnlyList<PostgresServer> Servers { get; }

    public override int MajorVersion { get; }

    protected override string Kind => $"An external cluster ({PrimaryVariable}, {ReplicasVariable})";

    /// <summary>Connects to the named cluster; null when none is named, or when it has another version than the one wanted.</summary>
    public static async Task<ExternalCluster?> FindAsync(
        PostgresClusterOptions options, Func<string, string?> variable, CancellationToken cancellationToken)
    {
        if (options.BinDirectory is not null || variable(PrimaryVariable) is not { Length: > 0 } primary)
        {
            return null;
        }

        IReadOnlyList<PostgresServer> servers = Read(primary, variable(ReplicasVariable), options.StartTimeout);
        var version = await servers[0].ScalarAsync<int>("SELECT current_setting('server_version_num')::int / 10000", cancellationToken).ConfigureAwait(false);
        if (options.MajorVersion is { } wanted && wanted != version)
        {
            return null;
        }

        return servers.Count > options.Replicas
            ? new ExternalCluster([.. servers.Take(options.Replicas + 1)], version, options.StartTimeout)
            : throw new InvalidOperationException(
                $"{ReplicasVariable} names {servers.Count - 1} replica(s) and this test needs {options.Replicas}; name more, separated by '|', or unset {PrimaryVariable}.");
    }

    internal static IReadOnlyList<PostgresServer> Read(string primary, string? replicas, TimeSpan timeout)
    {
        PostgresServer first = Create("primary", PrimaryVariable, primary, timeout);
        List<PostgresServer> servers = [first];
        foreach (var replica in (replicas ?? "").Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            PostgresServer server = Create($"replica{servers.Count}", ReplicasVariable, replica, timeout);
            server.Upstream = first;
            servers.Add(server);
        }

        return servers;
    }

    private static PostgresServer Create(string name, string variable, string connectionString, TimeSpan timeout)
    {
        try
        {
            NpgsqlConnectionStringBuilder builder = new(connectionString);
            return builder.Host is null
                ? throw new ArgumentException("Host is missing", nameof(connectionString))
                : new PostgresServer(name, new ExternalServer(builder), connectionString, timeout);
        }
        catch (ArgumentException wrong)
        {
            // The text itself is not repeated: it may hold a password.
            throw new InvalidOperationException(
                $"{variable} holds no usable connection string for {name} ({wrong.Message}); write it like 'Host=10.0.0.1;Username=app;Password=…;Database=app'.", wrong);
        }
    }
}
