using System.Text;
using PgScale.Buffering.Spool;

namespace PgScale.Tests.Buffering.Spool;

/// <summary>A directory for spools that is removed with everything in it.</summary>
internal sealed class SpoolFolder : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("pgscale-spool-");
    private int _copies;

    public SpoolFolder() => Settings = new()
    {
        Directory = System.IO.Path.Combine(_root.FullName, "spool"),
        SegmentBytes = SpoolSettings.LeastSegmentBytes,
        MaxBytes = 64 * SpoolSettings.LeastSegmentBytes,
        Logger = Log,
        Flush = static (_, _) => { }, // no test here stops the machine
    };

    public RecordingLogger Log { get; } = new();

    /// <summary>Segments of 16 KiB, with the clock of the machine.</summary>
    public SpoolSettings Settings { get; }

    public string Path => Settings.Directory;

    public static IReadOnlyList<string> Segments(string directory) => [.. Directory.GetFiles(directory, "*.spool").Order(StringComparer.Ordinal)];

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static async Task<List<string>> ReadAsync(SpoolLog spool, long after = 0)
    {
        List<string> records = [];
        await foreach (var record in spool.ReadAsync(after))
        {
            records.Add(Encoding.UTF8.GetString(record.Payload));
        }

        return records;
    }

    public static void Append(SpoolLog spool, params IEnumerable<string> records)
    {
        foreach (var record in records)
        {
            Assert.That(spool.TryAppend(Bytes(record), out _), Is.EqualTo(SpoolAppend.Appended));
        }
    }

    /// <summary>Changes the bytes of a file.</summary>
    public static void Edit(string path, Func<byte[], byte[]> change) => File.WriteAllBytes(path, change(File.ReadAllBytes(path)));

    public Task<SpoolLog> OpenAsync(Func<SpoolSettings, SpoolSettings>? change = null) => SpoolLog.OpenAsync(change?.Invoke(Settings) ?? Settings);

    /// <summary>What a kill at this moment would leave: the pages as they are, nothing closed.</summary>
    public SpoolSettings Crash(string? from = null)
    {
        var copy = System.IO.Path.Combine(_root.FullName, $"copy-{++_copies}");
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.GetFiles(from ?? Path).Where(file => System.IO.Path.GetExtension(file).Length > 0))
        {
            try
            {
                File.Copy(file, System.IO.Path.Combine(copy, System.IO.Path.GetFileName(file)));
            }
            catch (FileNotFoundException) when (file.EndsWith(SpoolFiles.SpareEnding, StringComparison.Ordinal))
            {
                // A spare, which holds nothing, became a segment meanwhile: this kill came before that.
            }
        }

        return Settings with { Directory = copy };
    }

    public void Dispose() => _root.Delete(recursive: true);
}
