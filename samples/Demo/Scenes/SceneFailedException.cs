namespace PgScale.Samples.Demo.Scenes;

/// <summary>What a scene waited for did not happen in time; the message says what.</summary>
internal sealed class SceneFailedException(string message) : Exception(message);
