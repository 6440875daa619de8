namespace PgScale.IntegrationTests.Caching.Model;

/// <summary>One step of a run: what, on which key, in which cache, and how long a load takes if it comes to one.</summary>
internal sealed record ModelStep(ModelStepKind Kind, int Key, int Cache, TimeSpan Load);
