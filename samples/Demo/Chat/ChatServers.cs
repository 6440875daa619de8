using Npgsql;
using PgScale.Cluster;

namespace PgScale.Samples.Demo.Chat;

/// <summary>Names the server behind a connection, so that the demo can show who answered. An application needs none of it.</summary>
internal sealed class ChatServers(IEnumerable<NodeOptions> nodes)
{
    private readonly Dictionary<int, string> _names = nodes.ToDictionary(node => new NpgsqlConnectionStringBuilder(node.ConnectionString).Port, node => node.Name);

    public string NameOf(NpgsqlConnection connection) => _names[connection.Port];
}
