using System.Globalization;
using System.Text.RegularExpressions;

namespace PgScale.Testing.Postgres;

/// <summary>Reads what <c>postgres --version</c> prints: <c>postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)</c>, <c>18beta1</c>.</summary>
internal static partial class PostgresVersion
{
    public static string? Parse(string output) => Pattern().Match(output) is { Success: true } match ? match.Groups["version"].Value : null;

    public static int Major(string version) => int.Parse(Digits().Match(version).Value, CultureInfo.InvariantCulture);

    /// <summary>Orders versions by number, so that 15.10 is newer than 15.9.</summary>
    public static Version Order(string version)
    {
        int[] numbers = [.. Digits().Matches(version).Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture))];
        return new Version(numbers[0], numbers.Length > 1 ? numbers[1] : 0);
    }

    [GeneratedRegex(@"PostgreSQL\) (?<version>\d+[\w.]*)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();

    [GeneratedRegex(@"\d+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Digits();
}
