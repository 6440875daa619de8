using System.Text;
using System.Text.RegularExpressions;

namespace PgScale.Ddl.Execution;

/// <summary>
/// The names of what <c>REINDEX CONCURRENTLY</c> leaves: the index's name, cut where it would be too long, with <c>_ccnew</c> or
/// <c>_ccold</c> and a number behind it.
/// </summary>
internal static partial class LeftoverName
{
    private const int LongestName = 63; // NAMEDATALEN - 1

    internal static bool IsOfRebuild(string name) => Rebuild().IsMatch(name);

    internal static bool Belongs(string name, string index)
    {
        if (string.Equals(name, index, StringComparison.Ordinal))
        {
            return true;
        }

        var kept = Rebuild().Match(name) is { Success: true } match ? name[..match.Index] : null;
        return kept is not null
            && (string.Equals(kept, index, StringComparison.Ordinal)
                || (Encoding.UTF8.GetByteCount(name) >= LongestName - 3 && index.StartsWith(kept, StringComparison.Ordinal))); // cut at a whole character
    }

    [GeneratedRegex(@"_cc(?:new|old)\d*$", RegexOptions.ExplicitCapture, 100)]
    private static partial Regex Rebuild();
}
