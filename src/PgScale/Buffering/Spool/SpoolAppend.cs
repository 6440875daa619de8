namespace PgScale.Buffering.Spool;

/// <summary>What became of a record that was offered to a <see cref="SpoolLog"/>.</summary>
internal enum SpoolAppend
{
    /// <summary>It has a sequence number and outlives this process.</summary>
    Appended,

    /// <summary>The next segment would exceed <see cref="SpoolSettings.MaxBytes"/>. Room comes with <see cref="SpoolLog.Release"/>.</summary>
    Full,

    /// <summary>The disk refused the next segment. Worth another try: the disk is asked again ten times a second.</summary>
    DiskFull,

    /// <summary>It exceeds <see cref="SpoolLog.MaxRecordBytes"/> and will never fit.</summary>
    TooLarge,

    /// <summary>The disk failed while it was written to; see <see cref="SpoolLog.Failure"/>. Nothing is taken until the spool is opened anew.</summary>
    Failed,
}
