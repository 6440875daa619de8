namespace PgScale.Buffering.Spool;

/// <summary>
/// Files for new segments: one is kept ready, a released one if there is, because its blocks are there already. Bounded by
/// <see cref="SpoolSettings.MaxBytes"/>, the spare included. Callable from several threads.
/// </summary>
internal sealed class SegmentSupply(SpoolSettings settings, SpoolFiles files, long bytes) : IDisposable
{
    private static readonly TimeSpan PauseAfterRefusal = TimeSpan.FromMilliseconds(100);

    private readonly Lock _making = new();
    private readonly Lock _lock = new();
    private SegmentFile? _spare;
    private SegmentFile? _ready;
    private long _bytes = bytes;
    private long _refusedAt;
    private bool _isRefused;

    /// <summary>Disk space taken by segments.</summary>
    internal long Bytes => Interlocked.Read(ref _bytes);

    internal bool HasSpare => Volatile.Read(ref _spare) is not null;

    /// <summary>Whether there is a spare whose pages cost an append nothing any more.</summary>
    internal bool IsSpareReady => Volatile.Read(ref _spare) is { } spare && spare == Volatile.Read(ref _ready);

    /// <summary>The spare file, or a new one; with neither, the reason. Waits for one that is being made.</summary>
    internal SegmentFile? Take(out SpoolAppend refusal)
    {
        lock (_making)
        {
            var spare = Interlocked.Exchange(ref _spare, null);
            _ready = null;
            if (spare is null)
            {
                return Create(out refusal);
            }

            refusal = SpoolAppend.Appended;
            return spare;
        }
    }

    /// <summary>Makes a spare unless there is one: it is on disk before anybody waits for it, and its pages are writable.</summary>
    internal void Prepare()
    {
        lock (_making)
        {
            if (!HasSpare)
            {
                MakeSpare();
            }

            if (!IsSpareReady && Volatile.Read(ref _spare) is { } spare)
            {
                spare.Touch(0);
                Volatile.Write(ref _ready, spare);
            }
        }
    }

    /// <summary>Takes back a file whose records are done with.</summary>
    internal void Return(SegmentFile file)
    {
        if (HasSpare || file.Bytes != settings.SegmentBytes || Bytes > settings.MaxBytes)
        {
            Drop(file);
            return;
        }

        try
        {
            // Under another name at once, so that segments that are deleted after it leave no hole in the row of names.
            file.MoveTo(files.NewSparePath());
            Keep(file);
        }
        catch (IOException)
        {
            Drop(file);
        }
    }

    /// <summary>Says that a file could not be put to use; asks the disk again later.</summary>
    internal void Refuse(SegmentFile file, IOException reason)
    {
        Drop(file);
        Refused(reason);
    }

    public void Dispose()
    {
        if (_spare is { } spare)
        {
            Drop(spare);
        }
    }

    private void MakeSpare()
    {
        if (Create(out _) is not { } file)
        {
            return;
        }

        try
        {
            settings.Flush(file, file.Bytes);
            Keep(file);
        }
        catch (IOException problem)
        {
            Refuse(file, problem);
        }
    }

    private SegmentFile? Create(out SpoolAppend refusal)
    {
        if (!Reserve(out refusal))
        {
            return null;
        }

        try
        {
            var file = SegmentFile.Create(files.NewSparePath(), settings.SegmentBytes);
            RoomAgain();
            return file;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            Interlocked.Add(ref _bytes, -settings.SegmentBytes);
            Refused(problem);
            refusal = SpoolAppend.DiskFull;
            return null;
        }
    }

    private bool Reserve(out SpoolAppend refusal)
    {
        lock (_lock)
        {
            refusal = Bytes + settings.SegmentBytes > settings.MaxBytes ? SpoolAppend.Full
                : _isRefused && settings.Time.GetElapsedTime(_refusedAt) < PauseAfterRefusal ? SpoolAppend.DiskFull
                : SpoolAppend.Appended;
            if (refusal == SpoolAppend.Appended)
            {
                _bytes += settings.SegmentBytes;
            }

            return refusal == SpoolAppend.Appended;
        }
    }

    private void Keep(SegmentFile file)
    {
        if (Interlocked.CompareExchange(ref _spare, file, null) is not null)
        {
            Drop(file);
        }
    }

    private void Drop(SegmentFile file)
    {
        Interlocked.Add(ref _bytes, -file.Bytes);
        try
        {
            file.Delete();
        }
        catch (IOException)
        {
            // The next start removes it.
        }
    }

    private void Refused(Exception reason)
    {
        lock (_lock)
        {
            _refusedAt = settings.Time.GetTimestamp();
            if (_isRefused)
            {
                return;
            }

            _isRefused = true;
        }

        SpoolMessages.DiskRefuses(settings.Logger, files.Directory, settings.SegmentBytes, reason.Message);
    }

    private void RoomAgain()
    {
        lock (_lock)
        {
            if (!_isRefused)
            {
                return;
            }

            _isRefused = false;
        }

        SpoolMessages.DiskTakesAgain(settings.Logger, files.Directory);
    }
}
