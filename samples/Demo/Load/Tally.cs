using System.Collections.Concurrent;
using PgScale.Cluster;
using PgScale.Samples.Demo.Chat;

namespace PgScale.Samples.Demo.Load;

/// <summary>What the application saw in one scene. Thread-safe.</summary>
internal sealed class Tally(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, long> _readsByNode = new(StringComparer.Ordinal);

    private readonly long _startedAt = time.GetTimestamp();

    private readonly List<TimeSpan> _readTimes = [];

    private long _lastWriteAt = time.GetTimestamp();
    private TimeSpan _longestPause;
    private long _retriedReads;
    private long _failedReads;
    private long _tokenReads;
    private long _tokenReadsOnReplicas;
    private long _staleReads;
    private long _lostReads;
    private long _writes;
    private long _retriedWrites;
    private long _failedWrites;

    public long Reads => _readsByNode.Values.Sum();

    /// <summary>Reads that failed on one server and were answered by another.</summary>
    public long RetriedReads => Volatile.Read(ref _retriedReads);

    /// <summary>Reads that the application did not get answered at all.</summary>
    public long FailedReads => Volatile.Read(ref _failedReads);

    public long TokenReads => Volatile.Read(ref _tokenReads);

    public long TokenReadsOnReplicas => Volatile.Read(ref _tokenReadsOnReplicas);

    /// <summary>Token reads that did not see the token's write although it exists. There must be none.</summary>
    public long StaleReads => Volatile.Read(ref _staleReads);

    /// <summary>Token reads that were told that a failover has lost the write.</summary>
    public long LostReads => Volatile.Read(ref _lostReads);

    /// <summary>The time within which 99 of 100 reads were answered.</summary>
    public TimeSpan ReadTime99
    {
        get
        {
            lock (_lock)
            {
                return _readTimes.Count == 0 ? TimeSpan.Zero : _readTimes.Order().ElementAt(_readTimes.Count * 99 / 100);
            }
        }
    }

    public long Writes => Volatile.Read(ref _writes);

    public long RetriedWrites => Volatile.Read(ref _retriedWrites);

    public long FailedWrites => Volatile.Read(ref _failedWrites);

    /// <summary>The longest time without a confirmed write, the time since the last one included.</summary>
    public TimeSpan LongestPause
    {
        get
        {
            lock (_lock)
            {
                var open = time.GetElapsedTime(_lastWriteAt);
                return open > _longestPause ? open : _longestPause;
            }
        }
    }

    public TimeSpan SinceLastWrite
    {
        get
        {
            lock (_lock)
            {
                return time.GetElapsedTime(_lastWriteAt);
            }
        }
    }

    public double ReadsPerSecond => Reads / time.GetElapsedTime(_startedAt).TotalSeconds;

    public double WritesPerSecond => Writes / time.GetElapsedTime(_startedAt).TotalSeconds;

    public long ReadsOn(string node) => _readsByNode.GetValueOrDefault(node);

    public void AddRead<T>(ChatRead<T> read, TimeSpan duration)
    {
        lock (_lock)
        {
            _readTimes.Add(duration);
        }

        _readsByNode.AddOrUpdate(read.Node, 1, static (_, count) => count + 1);
        Interlocked.Add(ref _retriedReads, read.Retries > 0 ? 1 : 0);
    }

    public void AddTokenRead<T>(ChatRead<T> read, TimeSpan duration, bool sawTheWrite)
    {
        AddRead(read, duration);
        Interlocked.Increment(ref _tokenReads);
        Interlocked.Add(ref _tokenReadsOnReplicas, read.FromPrimary ? 0 : 1);
        Interlocked.Add(ref _lostReads, read.Coverage == TokenCoverage.Lost ? 1 : 0);
        Interlocked.Add(ref _staleReads, !sawTheWrite && read.Coverage != TokenCoverage.Lost ? 1 : 0);
    }

    public void AddFailedRead() => Interlocked.Increment(ref _failedReads);

    public void AddWrite(ChatWrite write)
    {
        Interlocked.Increment(ref _writes);
        Interlocked.Add(ref _retriedWrites, write.Retries > 0 ? 1 : 0);
        lock (_lock)
        {
            var pause = time.GetElapsedTime(_lastWriteAt);
            _longestPause = pause > _longestPause ? pause : _longestPause;
            _lastWriteAt = time.GetTimestamp();
        }
    }

    public void AddFailedWrite() => Interlocked.Increment(ref _failedWrites);
}
