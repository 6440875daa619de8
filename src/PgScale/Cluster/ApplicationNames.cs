using System.Text;

namespace PgScale.Cluster;

/// <summary>What <c>pg_stat_activity.application_name</c> shows of a connection: who is asking.</summary>
internal static class ApplicationNames
{
    private const int MaxBytes = 63; // NAMEDATALEN - 1

    /// <summary>The application's name and the part of PgScale that asks, cut to what the server keeps.</summary>
    internal static string For(string application, string purpose)
    {
        var suffix = $"pgscale-{purpose}";
        if (application.Length == 0)
        {
            return suffix;
        }

        var kept = application;
        while (kept.Length > 0 && Encoding.UTF8.GetByteCount(kept) + 1 + suffix.Length > MaxBytes)
        {
            kept = kept[..^1];
        }

        return kept.Length == 0 ? suffix : $"{kept} {suffix}";
    }
}
