using PgScale.Cluster;

namespace PgScale.Samples.Demo.Chat;

/// <summary>Servers that failed one request: each is left out until the monitor has heard from it again.</summary>
internal sealed class FailedServers(TimeProvider time)
{
    private readonly Dictionary<string, long> _failedAt = new(StringComparer.OrdinalIgnoreCase);

    public int Count { get; private set; }

    public void Add(NodeState node)
    {
        Count++;
        _failedAt[node.Name] = time.GetTimestamp();
    }

    public bool Allow(NodeState node) => !_failedAt.TryGetValue(node.Name, out var failedAt) || node.ObservedAt > failedAt;
}
