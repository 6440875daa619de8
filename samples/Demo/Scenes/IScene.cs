namespace PgScale.Samples.Demo.Scenes;

/// <summary>One part of the demo: does something to the servers under load, and notes what came of it.</summary>
internal interface IScene
{
    /// <summary>What happens, in a few words.</summary>
    string Title { get; }

    /// <summary>Plays it to its end; ends by conditions, never after a fixed time.</summary>
    /// <exception cref="SceneFailedException">A condition did not come true in time.</exception>
    Task PlayAsync(Stage stage, CancellationToken cancellationToken);
}
