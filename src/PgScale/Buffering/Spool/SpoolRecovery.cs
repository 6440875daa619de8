namespace PgScale.Buffering.Spool;

/// <summary>
/// Makes a spool of what is in its directory: first looks at everything, then judges, and only then changes anything.
/// </summary>
internal sealed class SpoolRecovery(SpoolSettings settings, SpoolFiles files)
{
    // More than a spool can have handed out without the disk hearing of it. Numbers that are lost are never used again, because their
    // records may have reached the database before the machine stopped.
    private const long Leap = 1L << 40;

    /// <exception cref="SpoolException">It is damaged, or of a newer version.</exception>
    internal RecoveredSpool Run()
    {
        files.RemoveSpares();
        var found = files.Segments().Select(file => FoundSegment.Read(file.First, file.Path)).ToList();
        foreach (var segment in found)
        {
            RefuseNewer(segment);
        }

        if (found.Find(segment => segment.Header is not null) is not { Header.SpoolId: var id })
        {
            return WithoutAnyHeader(found);
        }

        RefuseStrangers(found, id);
        return Recover(found, id);
    }

    private RecoveredSpool Recover(List<FoundSegment> found, Guid id)
    {
        var marks = MarksOf(found);
        RemoveReleased(found, marks.Released);
        var seed = RecordFormat.Seed(id);
        found.ForEach(segment => segment.Check(seed, marks.Released));

        var row = SegmentRow.Of(found, Math.Max(marks.Durable, Math.Max(marks.Released, marks.Closed)));
        var closedInOrder = marks.Closed != 0 && marks.Closed == row.Next - 1;
        var machineStopped = !closedInOrder && (marks.BootId != settings.BootId || marks.BootId == Guid.Empty);
        DamageJudge judge = new(settings, marks, machineStopped);
        foreach (var loss in row.Losses)
        {
            judge.Judge(loss, row.Sound);
        }

        return Open(found, row, id, marks, machineStopped);
    }

    private RecoveredSpool Open(List<FoundSegment> found, SegmentRow row, Guid id, SegmentMarks marks, bool machineStopped)
    {
        List<SpoolSegment> segments = [];
        foreach (var segment in found)
        {
            var isLast = segment == found[^1];
            segments.Add(SegmentMend.Open(segment, id, row.AfterOf(segment), isLast ? settings.SegmentBytes : SpoolSettings.LeastSegmentBytes));
        }

        if (found[^1].Scan!.IsTorn)
        {
            SpoolMessages.TornTailCut(settings.Logger, files.Directory, Path.GetFileName(found[^1].Path), found[^1].Scan!.End);
        }

        var next = row.Next + (machineStopped ? Leap : 0);
        MakeDurable(segments, next, marks);
        return new(id, segments, marks.Released, Math.Max(row.LastSound, marks.Released), next, row.Pending);
    }

    // A process that was killed leaves records in memory of the system only; from here on they count as if this one had appended them.
    private void MakeDurable(List<SpoolSegment> segments, long next, SegmentMarks marks)
    {
        var current = segments[^1];
        var isWhole = current.TrySkipTo(next);
        foreach (var segment in segments.Where(segment => segment.ChangedTo > 0 || segment.Last > marks.Durable))
        {
            settings.Flush(segment.File, segment.File.Bytes);
            segment.TakeChanges();
        }

        files.Flush();

        // Only now, and only when the numbers that were left out are on disk: a kill before must find the machine's stop again.
        if (isWhole)
        {
            current.MarkBoot(settings.BootId);
        }

        current.MarkClosed(0);
        current.MarkReleased(marks.Released);
        current.MarkDurable(current.Last);
        settings.Flush(current.File, current.TakeChanges());
        current.File.Touch(current.End);
    }

    private RecoveredSpool WithoutAnyHeader(List<FoundSegment> found)
    {
        foreach (var segment in found)
        {
            if (!segment.IsBlank)
            {
                new DamageJudge(settings, default, machineStopped: false).Judge(new(segment.Path, 0, segment.First, segment.First - 1, 0), 0);
            }

            File.Delete(segment.Path);
        }

        return Fresh();
    }

    private RecoveredSpool Fresh()
    {
        var id = Guid.NewGuid();
        var file = SegmentFile.Create(files.NewSparePath(), settings.SegmentBytes);
        var segment = SpoolSegment.StartFirst(file, files.SegmentPath(1), new(id, First: 1, After: 0), settings.BootId);
        settings.Flush(file, file.Bytes);
        files.Flush();
        file.Touch(segment.End);
        return new(id, [segment], Released: 0, Last: 0, Next: 1, Pending: 0);
    }

    // How a record was released, or got onto the disk, matters not; the newest header knows best how the spool was left.
    private static SegmentMarks MarksOf(List<FoundSegment> found)
    {
        var newest = found.FindLast(segment => segment.IsInRole)?.Marks ?? default;
        return newest with
        {
            Durable = found.Max(segment => segment.Marks.Durable),
            Released = found.Max(segment => segment.Marks.Released),
        };
    }

    private static void RemoveReleased(List<FoundSegment> found, long released)
    {
        while (found.Count > 1 && found[1].First <= released + 1)
        {
            File.Delete(found[0].Path);
            found.RemoveAt(0);
        }
    }

    private static void RefuseNewer(FoundSegment segment)
    {
        if (segment.Version > SegmentHeader.Version)
        {
            throw new SpoolException(
                SpoolProblem.NewerVersion, segment.Path,
                $"The spool file '{segment.Path}' has format {segment.Version}, and this version of PgScale reads formats up to {SegmentHeader.Version}. "
                + "Run the newer version of PgScale until the spool is empty, or give this one another directory.");
        }
    }

    private void RefuseStrangers(List<FoundSegment> found, Guid id)
    {
        if (found.Find(segment => segment.Header is { } header && header.SpoolId != id) is { } stranger)
        {
            throw new SpoolException(
                SpoolProblem.Damaged, stranger.Path,
                $"The spool directory '{files.Directory}' holds files of two spools: '{Path.GetFileName(stranger.Path)}' belongs to {stranger.Header!.Value.SpoolId}, "
                + $"others to {id}. Move the files of one of them to a directory of its own.");
        }
    }
}
