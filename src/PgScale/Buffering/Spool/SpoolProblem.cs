namespace PgScale.Buffering.Spool;

/// <summary>Why a spool could not be opened or went out of use.</summary>
public enum SpoolProblem
{
    /// <summary>Another process, or this one, has the directory open.</summary>
    InUse,

    /// <summary>The directory or a file in it cannot be created, opened or read.</summary>
    Inaccessible,

    /// <summary>A newer version of PgScale wrote it.</summary>
    NewerVersion,

    /// <summary>Records that were on disk cannot be read any more.</summary>
    Damaged,

    /// <summary>The disk reported an error while records were written to it.</summary>
    DiskFailed,

    /// <summary>An item can be read from the disk, but not by the delegate that makes an item of it again.</summary>
    Unreadable,
}
