namespace PgScale.Buffering.Spool;

/// <summary>
/// Records on disk until they are released: numbered, in order, and not lost with the process. It knows nothing of what is in them.
/// Callable from several threads.
/// </summary>
internal sealed class SpoolLog : IAsyncDisposable
{
    private readonly Lock _gate;
    private readonly SpoolSettings _settings;
    private readonly SpoolLock _lock;
    private readonly SegmentSupply _supply;
    private readonly LiveSegments _segments;
    private readonly SpoolUpkeep _upkeep;
    private readonly GroupCommit _groupCommit;
    private readonly uint _seed;

    private long _last;
    private long _released;
    private bool _isDisposed;

    private SpoolLog(SpoolSettings settings, SpoolFiles files, SpoolLock directoryLock, RecoveredSpool recovered)
    {
        _settings = settings;
        _gate = settings.Gate;
        _lock = directoryLock;
        _supply = new(settings, files, recovered.Segments.Sum(segment => (long)segment.File.Bytes));
        _segments = new(settings, files, _supply, recovered);
        _upkeep = new(settings, files, _supply, _segments, _gate);
        _groupCommit = new(settings, recovered.Last, _upkeep.PrepareSpare, _upkeep.WriteThrough);
        _seed = RecordFormat.Seed(recovered.Id);
        (Id, _last, _released) = (recovered.Id, recovered.Last, recovered.Released);
    }

    /// <summary>The spool's identity, which outlives restarts. With a sequence number it names a record for good: no number is used twice.</summary>
    internal Guid Id { get; }

    /// <summary>The disk space that the spool takes, spare segment included; at most <see cref="SpoolSettings.MaxBytes"/>.</summary>
    internal long Bytes => _supply.Bytes;

    /// <summary>The sequence number of the last record; 0 before the first.</summary>
    internal long LastSequence => Interlocked.Read(ref _last);

    /// <summary>The first sequence number that is not released; above <see cref="LastSequence"/> when nothing is held.</summary>
    internal long FirstSequence => Interlocked.Read(ref _released) + 1;

    /// <summary>The longest record that is taken, in bytes.</summary>
    internal int MaxRecordBytes => _settings.SegmentBytes - SegmentHeader.Bytes - RecordFormat.HeaderBytes;

    /// <summary>Why the spool takes no more records; <see langword="null"/> while it does.</summary>
    internal SpoolException? Failure => _groupCommit.Failure;

    /// <summary>Opens or creates the spool in a directory and brings it in order after whatever happened.</summary>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    /// <exception cref="SpoolException">The directory is in use or inaccessible, or what is in it is damaged or too new.</exception>
    internal static async Task<SpoolLog> OpenAsync(SpoolSettings settings, CancellationToken cancellationToken = default)
    {
        settings.Check();
        return await Task.Run(() => Open(settings), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes a record, which from then on outlives this process. Does not wait, except for the disk when a segment is full and no spare is ready.</summary>
    internal SpoolAppend TryAppend(ReadOnlySpan<byte> record, out long sequence)
    {
        sequence = 0;
        var checksum = Checksum(record);
        lock (_gate)
        {
            var refusal = MakeRoom(record.Length, out _);
            if (refusal == SpoolAppend.Appended)
            {
                sequence = Append(record, checksum);
            }

            return refusal;
        }
    }

    /// <summary>Sees to it that the next record is taken by <see cref="Append"/>, whatever happens until then. For one who is alone in appending.</summary>
    internal SpoolAppend MakeRoom(int length, out long next)
    {
        next = 0;
        if (length > MaxRecordBytes)
        {
            return SpoolAppend.TooLarge;
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (Failure is not null)
            {
                return SpoolAppend.Failed;
            }

            var refusal = _segments.RoomFor(length);
            next = _segments.Next;
            return refusal;
        }
    }

    /// <summary>The checksum that a record is appended with: it takes the longest, and no lock.</summary>
    internal uint Checksum(ReadOnlySpan<byte> record) => RecordFormat.Checksum(_seed, record);

    /// <summary>Takes a record for which there is room.</summary>
    /// <returns>Its sequence number.</returns>
    internal long Append(ReadOnlySpan<byte> record, uint checksum)
    {
        long sequence;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            sequence = _segments.Append(record, checksum);
            Volatile.Write(ref _last, sequence);
        }

        WakeLoop();
        return sequence;
    }

    /// <summary>Returns when a record and all before it are on disk; at once when <see cref="SpoolSettings.FsyncInterval"/> is infinite.</summary>
    /// <exception cref="SpoolException">The disk failed: whether they are is not known.</exception>
    internal ValueTask WaitForDurableAsync(long sequence, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence, LastSequence);
        return _groupCommit.WaitAsync(sequence, cancellationToken);
    }

    /// <summary>The records after a sequence number that are not released, in order, up to the one that is the last now.</summary>
    internal IAsyncEnumerable<SpoolRecord> ReadAsync(long afterSequence, CancellationToken cancellationToken = default) =>
        new SpoolReader(this, _seed, afterSequence, LastSequence).ReadAsync(cancellationToken);

    /// <summary>
    /// Says that a record and all before it are done with. They are not replayed after a restart; after a stop of the machine those that
    /// were released within the last <see cref="SpoolSettings.FsyncInterval"/> may be.
    /// </summary>
    internal void Release(long upToSequence)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(upToSequence, LastSequence);
        List<SegmentFile> retired;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (upToSequence <= _released)
            {
                return;
            }

            Interlocked.Exchange(ref _released, upToSequence);
            retired = _segments.Release(upToSequence);
        }

        retired.ForEach(_supply.Return);
        WakeLoop();
    }

    /// <summary>Writes everything to the disk and lets go of the directory.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        await _groupCommit.DisposeAsync().ConfigureAwait(false);
        _groupCommit.Commit();
        Close();
        _segments.Close();
        _supply.Dispose();
        _lock.Dispose();
    }

    /// <summary>Runs something on the segments while nothing changes.</summary>
    internal TResult Locked<TState, TResult>(TState state, Func<LiveSegments, TState, TResult> read)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return read(_segments, state);
        }
    }

    private static SpoolLog Open(SpoolSettings settings)
    {
        SpoolFiles files = new(settings.Directory);
        SpoolLock? directoryLock = null;
        try
        {
            files.Create();
            directoryLock = SpoolLock.Take(settings.Directory);
            var recovered = new SpoolRecovery(settings, files).Run();
            SpoolMessages.Opened(settings.Logger, settings.Directory, recovered.Pending, recovered.Last);
            return new(settings, files, directoryLock, recovered);
        }
        catch (Exception problem)
        {
            directoryLock?.Dispose();
            if (problem is not (IOException or UnauthorizedAccessException))
            {
                throw;
            }

            throw new SpoolException(
                SpoolProblem.Inaccessible, settings.Directory,
                $"The spool directory '{settings.Directory}' cannot be used: {problem.Message} "
                + $"It must be on a local disk with room for {settings.SegmentBytes} bytes, and this process must be allowed to write to it.",
                problem);
        }
    }

    private void WakeLoop()
    {
        if (_settings.IsEverFlushed || _upkeep.IsWanted)
        {
            _groupCommit.Wake();
        }
    }

    private void Close()
    {
        if (Failure is not null)
        {
            return;
        }

        // Numbers that have to be left out and are not noted yet must be left out the next time.
        if (!_segments.HasToSkip)
        {
            _segments.Current.MarkClosed(_segments.Current.Last);
        }

        _settings.Flush(_segments.Current.File, Math.Max(SegmentHeader.Bytes, _segments.Current.TakeChanges()));
    }
}
