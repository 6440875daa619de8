using BenchmarkDotNet.Attributes;
using PgScale.Buffering.Spool;

#pragma warning disable VSTHRD002 // BenchmarkDotNet does not wait for asynchronous preparations in this process
namespace PgScale.Benchmarks.Buffering;

/// <summary>A record of 100 bytes made to outlive the process: the spool, and a file that is written to record by record.</summary>
public class SpoolAppendBenchmark
{
    private const int ReleaseEvery = 100_000;
    private const int Warmup = 1_000_000; // until segments are used again, as they are from then on
    private const long FileBytes = 256 << 20;

    private readonly byte[] _record = new byte[100];
    private DirectoryInfo _directory = null!;
    private FileStream _file = null!;
    private SpoolLog _spool = null!;

    [GlobalSetup]
    public void Start()
    {
        Random.Shared.NextBytes(_record);
        _directory = Directory.CreateTempSubdirectory("pgscale-bench-");
        _file = File.Create(Path.Combine(_directory.FullName, "file"), bufferSize: 0);
        _spool = SpoolLog.OpenAsync(new() { Directory = Path.Combine(_directory.FullName, "spool") }).GetAwaiter().GetResult();
        for (var record = 0; record < Warmup; record++)
        {
            Append();
        }
    }

    [GlobalCleanup]
    public void Stop()
    {
        _file.Dispose();
        _spool.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _directory.Delete(recursive: true);
    }

    [Benchmark(Description = "FileStream, a write per record")]
    public void WriteToFile()
    {
        _file.Write(_record);
        if (_file.Position > FileBytes)
        {
            _file.Position = 0;
        }
    }

    [Benchmark]
    public void Append()
    {
        if (_spool.TryAppend(_record, out var sequence) != SpoolAppend.Appended)
        {
            throw new InvalidOperationException("The spool took no record; is the disk full?");
        }

        if (sequence % ReleaseEvery == 0)
        {
            _spool.Release(sequence);
        }
    }
}
