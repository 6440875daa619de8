using Npgsql;

namespace PgScale.Cluster;

/// <summary>Finds passwords where they do not belong, and where they would end up in logs.</summary>
internal static class Secrets
{
    private static readonly string[] Keywords = ["password=", "pwd=", "psw="];

    /// <summary>Whether a text sets a password as a connection string does.</summary>
    internal static bool AreIn(string text)
    {
        var packed = text.Replace(" ", "", StringComparison.Ordinal);
        return Array.Exists(Keywords, keyword => packed.Contains(keyword, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Whether a password is part of another value, as a host's when the ';' between them is missing.</summary>
    internal static bool AreMisplacedIn(NpgsqlConnectionStringBuilder connection)
    {
        foreach (var keyword in connection.Keys)
        {
            if (!keyword.Contains("Password", StringComparison.OrdinalIgnoreCase) && connection[keyword]?.ToString() is { } value && AreIn(value))
            {
                return true;
            }
        }

        return false;
    }
}
