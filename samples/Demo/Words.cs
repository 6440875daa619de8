using PgScale.Cluster;

namespace PgScale.Samples.Demo;

/// <summary>Figures as people read them.</summary>
internal static class Words
{
    public static string Duration(TimeSpan time) => time.TotalMilliseconds < 1000 ? $"{time.TotalMilliseconds:0} ms" : $"{time.TotalSeconds:0.0} s";

    public static string LagTime(NodeState node) =>
        node.Role != NodeRole.Replica ? "" : node.Lag.Time is { } time ? $"{time.TotalSeconds:0.0} s" : "unknown";

    public static string LagBytes(NodeState node) => node.Role != NodeRole.Replica ? "" : node.Lag.Bytes is { } bytes ? Bytes(bytes) : "unknown";

    private static string Bytes(long bytes) => bytes < 10_000 ? $"{bytes} B" : bytes < 10_000_000 ? $"{bytes / 1024} kB" : $"{bytes / 1024 / 1024} MB";
}
