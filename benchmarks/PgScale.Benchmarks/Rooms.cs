using PgScale.Benchmarks.Harness;

namespace PgScale.Benchmarks;

/// <summary>All rooms, in the order in which they run. A room is registered by naming its method here.</summary>
internal static class Rooms
{
    public static IReadOnlyList<Room> All { get; } =
    [
        new("cluster", ClusterBenchmarks.RunAsync),
        new("routing", RoutingBenchmarks.RunAsync),
        new("caching", CachingBenchmarks.RunAsync),
        new("buffering", BufferingBenchmarks.RunAsync),
        new("backfill", BackfillBenchmarks.RunAsync),
        new("ddl", DdlBenchmarks.RunAsync),
    ];
}
