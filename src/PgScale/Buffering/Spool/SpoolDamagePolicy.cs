namespace PgScale.Buffering.Spool;

/// <summary>What opening a spool does about records that were on disk and cannot be read any more.</summary>
internal enum SpoolDamagePolicy
{
    /// <summary>Throws an exception that names the file, the offset and what is lost; nothing is changed.</summary>
    Refuse,

    /// <summary>Keeps a copy of each damaged file beside it, with the ending <c>.damaged</c>, and goes on with the records that can be read.</summary>
    SetAside,
}
