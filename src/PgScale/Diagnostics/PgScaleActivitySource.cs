using System.Diagnostics;

namespace PgScale.Diagnostics;

/// <summary>The one source of PgScale's activities.</summary>
internal static class PgScaleActivitySource
{
    internal static readonly ActivitySource Instance = new(PgScaleTelemetry.ActivitySourceName);
}
