using PgScale.Cluster;
using PgScale.Samples.Demo.Load;

namespace PgScale.Samples.Demo.View;

/// <summary>How things stand at one moment.</summary>
internal sealed record DemoFacts(ClusterSnapshot Cluster, Tally Load);
