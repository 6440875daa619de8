namespace PgScale.Samples.ChatService.Demo.Scenes;

/// <summary>What the demo waited for did not happen in time; the message says what.</summary>
internal sealed class SceneFailedException(string message) : Exception(message);
