namespace PgScale.Buffering.Spool;

/// <summary>A record read back: its sequence number and the bytes that were appended, in an array of its own.</summary>
internal readonly record struct SpoolRecord(long Sequence, byte[] Payload);
