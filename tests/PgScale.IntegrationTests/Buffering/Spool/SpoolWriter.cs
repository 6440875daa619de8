using System.Buffers.Binary;
using System.Globalization;
using PgScale.Buffering.Spool;

namespace PgScale.IntegrationTests.Buffering.Spool;

/// <summary>A process that appends to a spool and releases from it as fast as it can, until it is killed.</summary>
internal static class SpoolWriter
{
    public const int Threads = 2;

    private const int LongestRecord = 2000;
    private const int MostPending = 400;

    public static SpoolSettings Settings(string directory) => new()
    {
        Directory = directory,
        SegmentBytes = SpoolSettings.LeastSegmentBytes * 2,
        MaxBytes = 4 << 20,
    };

    /// <summary>Waits for a line with the interval of fsync in milliseconds, then begins.</summary>
    public static async Task RunAsync(string directory, string acknowledgements)
    {
        await Console.Out.WriteLineAsync("started");
        if (await Console.In.ReadLineAsync() is not { } interval)
        {
            return;
        }

        var milliseconds = int.Parse(interval, CultureInfo.InvariantCulture);
        using Acknowledgements acknowledged = new(acknowledgements);
        var spool = await SpoolLog.OpenAsync(Settings(directory) with { FsyncInterval = TimeSpan.FromMilliseconds(milliseconds) });
        await Console.Out.WriteLineAsync("writing");
        for (var thread = 0; thread < Threads; thread++)
        {
            var number = thread;
            new Thread(() => Append(spool, acknowledged, number)).Start();
        }

        Release(spool, acknowledged);
    }

    /// <summary>Whether a payload is one that <see cref="RunAsync"/> appends, whole and unchanged.</summary>
    public static bool IsSound(ReadOnlySpan<byte> payload) => payload.SequenceEqual(Payload(BinaryPrimitives.ReadInt32LittleEndian(payload)));

    private static byte[] Payload(int seed)
    {
        Random random = new(seed);
        var payload = new byte[sizeof(int) + random.Next(LongestRecord)];
        random.NextBytes(payload);
        BinaryPrimitives.WriteInt32LittleEndian(payload, seed);
        return payload;
    }

    private static void Append(SpoolLog spool, Acknowledgements acknowledged, int thread)
    {
        while (true)
        {
            var payload = Payload(Random.Shared.Next());
            if (spool.TryAppend(payload, out var sequence) == SpoolAppend.Appended)
            {
                acknowledged.Acknowledge(thread, sequence);
            }
        }
    }

    private static void Release(SpoolLog spool, Acknowledgements acknowledged)
    {
        while (true)
        {
            var upTo = spool.LastSequence - Random.Shared.Next(MostPending);
            if (upTo >= spool.FirstSequence)
            {
                acknowledged.ReleaseBegun = upTo;
                spool.Release(upTo);
                acknowledged.ReleaseDone = upTo;
            }
        }
    }
}
