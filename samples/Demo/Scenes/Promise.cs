namespace PgScale.Samples.Demo.Scenes;

/// <summary>Something that had to hold, and whether it did.</summary>
internal sealed record Promise(string Text, bool IsKept);
