using PgScale.Samples.ChatService.Demo.Traffic;

namespace PgScale.Samples.ChatService.Demo.Scenes;

/// <summary>What people saw in a scene, on both sides, and what had to hold.</summary>
internal sealed record SceneReport(string Title, Tally Without, Tally With, IReadOnlyList<Promise> Promises);
