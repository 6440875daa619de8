using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PgScale.Benchmarks.Load;

/// <summary>Waits to within about 0.1 ms without keeping a core busy, which no timer of .NET does.</summary>
internal static class PreciseWait
{
    // Short enough for a cancelled loop to end soon, and for fractions of a second to fit into the structure.
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100);

    public static void Until(long timestamp)
    {
        for (var now = Stopwatch.GetTimestamp(); now < timestamp; now = Stopwatch.GetTimestamp())
        {
            var remaining = Stopwatch.GetElapsedTime(now, timestamp);
            Pause(remaining < Longest ? remaining : Longest);
        }
    }

    private static void Pause(TimeSpan time)
    {
        if (OperatingSystem.IsWindows())
        {
            Thread.Yield();
            return;
        }

        var request = new TimeSpec { Nanoseconds = (nint)(time.Ticks * TimeSpan.NanosecondsPerTick) };
        _ = NanoSleep(in request, remaining: 0);
    }

    [DllImport("libc", EntryPoint = "nanosleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NanoSleep(in TimeSpec request, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
