namespace PgScale.Samples.ChatService.Demo.Scenes;

/// <summary>Something happens to the servers while people chat on both sides.</summary>
internal interface IScene
{
    /// <summary>What happens, in a few words.</summary>
    string Title { get; }

    /// <summary>Plays it to its end and returns what had to hold.</summary>
    /// <exception cref="SceneFailedException">A condition did not come true in time.</exception>
    Task<IReadOnlyList<Promise>> PlayAsync(Stage stage, CancellationToken cancellationToken);
}
