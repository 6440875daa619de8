using Npgsql;

namespace PgScale.Routing;

/// <summary>A node was given up while work was under way on it. To callers it is what a lost connection is: transient, and of Npgsql.</summary>
internal sealed class NodeLostException(string node)
    : NpgsqlException($"{node} stopped answering while work was under way on it.", new TimeoutException("Its probes were not answered."));
