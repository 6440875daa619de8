namespace PgScale.IntegrationTests.Caching.Model;

/// <summary>What one step of a run does.</summary>
internal enum ModelStepKind
{
    Read,
    ReadWithToken,
    Write,
    WriteUnderTag,
    CatchUp,
    Hiccup,
    CutOff,
    Reconnect,
}
