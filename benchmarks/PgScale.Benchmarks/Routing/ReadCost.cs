using System.Diagnostics;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Load;

namespace PgScale.Benchmarks.Routing;

/// <summary>A closed loop, and what one read of it cost this process: processor time and memory, which other programs disturb less than time.</summary>
internal sealed record ReadCost(LoadResult Load, double Microseconds, double Bytes)
{
    public static async Task<ReadCost> MeasureAsync(int clients, Round round, Operation operation)
    {
        using var process = Process.GetCurrentProcess();
        var (processor, bytes) = (process.TotalProcessorTime, GC.GetTotalAllocatedBytes());
        var load = await ClosedLoop.RunAsync(clients, round, operation);
        process.Refresh();
        return new(
            load, (process.TotalProcessorTime - processor).TotalMicroseconds / load.Operations, (GC.GetTotalAllocatedBytes() - bytes) / (double)load.Operations);
    }
}
