namespace PgScale.Samples.ChatService.Demo.Scenes;

/// <summary>Something that had to hold, with its figure, and whether it did.</summary>
internal sealed record Promise(string Text, bool IsKept);
