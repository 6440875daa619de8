using Npgsql;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>A pool of connections, and the settings under which it was looked up: under others it has to be asked for anew.</summary>
internal sealed record LanePool(ClusterSettings Settings, NpgsqlDataSource Source);
