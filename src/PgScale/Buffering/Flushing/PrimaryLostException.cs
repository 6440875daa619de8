namespace PgScale.Buffering.Flushing;

/// <summary>The primary was found gone or replaced while a flush was under way on it.</summary>
internal sealed class PrimaryLostException(string node) : Exception($"{node} is no longer the primary; the flush on it was given up and is done again.");
