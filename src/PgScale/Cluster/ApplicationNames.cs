using System.Text;

namespace PgScale.Cluster;

/// <summary>What <c>pg_stat_activity.application_name</c> shows of a connection: who is asking.</summary>
internal static class ApplicationNames
{
    private const int MaxBytes = 63; // NAMEDATALEN - 1

    /// <summary>The application's name and the part of PgScale that asks, cut to what the server keeps.</summary>
    internal static string For(string application, string purpose)
    {
        var suffix = Cut($"pgscale-{purpose}", MaxBytes);
        var kept = Cut(application, MaxBytes - 1 - Encoding.UTF8.GetByteCount(suffix));
        return kept.Length == 0 ? suffix : $"{kept} {suffix}";
    }

    // Whole characters only: Npgsql refuses to send half of one.
    private static string Cut(string text, int bytes)
    {
        var kept = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            bytes -= rune.Utf8SequenceLength;
            if (bytes < 0)
            {
                break;
            }

            kept.Append(rune.ToString());
        }

        return kept.ToString();
    }
}
