using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace PgScale.Buffering.Spool;

/// <summary>Where a <see cref="SpoolLog"/> lives, how much it may take and when it is written through to the disk.</summary>
internal sealed record SpoolSettings
{
    internal const int LeastSegmentBytes = 16 << 10;
    internal const int MostSegmentBytes = 1 << 30;

    /// <summary>The directory, for this spool alone. Created when it is missing, for its owner only.</summary>
    public required string Directory { get; init; }

    /// <summary>Size of a segment file, in bytes, from 16 KiB to 1 GiB; default 16 MiB. A record has to fit into one.</summary>
    public int SegmentBytes { get; init; } = 16 << 20;

    /// <summary>Bound of the disk space taken, in bytes, at least two segments; default 1 GiB.</summary>
    public long MaxBytes { get; init; } = 1L << 30;

    /// <summary>
    /// Longest time until what was appended is on disk; default 100 ms. Zero: as soon as it is appended, one fsync for all that were
    /// appended during the one before. <see cref="Timeout.InfiniteTimeSpan"/>: never, records outlive the process but not the machine.
    /// </summary>
    public TimeSpan FsyncInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>What to do about damage; default <see cref="SpoolDamagePolicy.Refuse"/>.</summary>
    public SpoolDamagePolicy OnDamage { get; init; }

    /// <summary>The lock under which records are appended: that of the one who appends, if it has one, so that it need not take two.</summary>
    public Lock Gate { get; init; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Which start of the machine this is; <see cref="Guid.Empty"/> when that cannot be known.</summary>
    internal Guid BootId { get; init; } = MachineBoot.Id;

    /// <summary>Writes a file through to the disk, up to an offset. Tests make it fail.</summary>
    internal Action<SegmentFile, int> Flush { get; init; } = static (file, end) => file.Flush(end);

    internal bool IsEverFlushed => FsyncInterval != Timeout.InfiniteTimeSpan;

    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    internal void Check()
    {
        Require(!string.IsNullOrWhiteSpace(Directory), nameof(Directory), "empty", "Name a directory on a local disk, for this buffer alone.");
        Require(
            SegmentBytes is >= LeastSegmentBytes and <= MostSegmentBytes && SegmentBytes % 8 == 0,
            nameof(SegmentBytes), SegmentBytes, $"It must be a multiple of 8 from {LeastSegmentBytes} to {MostSegmentBytes}.");
        Require(MaxBytes >= 2L * SegmentBytes, nameof(MaxBytes), MaxBytes, $"It must be at least two segments, {2L * SegmentBytes} bytes.");
        Require(
            FsyncInterval >= TimeSpan.Zero || !IsEverFlushed, nameof(FsyncInterval), FsyncInterval,
            "It must be 0 for every record, a time, or Timeout.InfiniteTimeSpan for never.");
    }

    private static void Require(bool holds, string name, object value, string remedy)
    {
        if (!holds)
        {
            throw new ArgumentException($"{nameof(SpoolSettings)}.{name} is {value}. {remedy}", name);
        }
    }
}
