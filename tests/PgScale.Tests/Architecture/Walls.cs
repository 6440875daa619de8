using System.Reflection;
using System.Text.RegularExpressions;

namespace PgScale.Tests.Architecture;

/// <summary>The rule of the house: a room knows no other room, and the floor under the rooms knows none of them.</summary>
internal sealed partial class Walls(string root)
{
    private static readonly string[] Rooms = ["Routing", "Caching", "Buffering", "Backfill", "Ddl"];

    private static readonly string[] Floor = ["Cluster", "Diagnostics", "Internal"];

    public static IEnumerable<string> Folders => Rooms.Concat(Floor);

    /// <summary>Every reference of the compiled code through a wall, as "who names what".</summary>
    public IReadOnlyList<string> Broken(Assembly assembly) =>
    [
        .. (from type in assembly.GetTypes()
            let folder = FolderOf(type)
            where folder is not null
            from other in TypeReferences.Of(type)
            where IsForbidden(folder, FolderOf(other))
            select $"{Outermost(type)} names {Outermost(other)}").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    /// <summary>
    /// Every line of a source file that names another room. Finds what compiled code does not show: constants, <c>nameof</c>, and
    /// files that lie in the folder of a room and declare another namespace.
    /// </summary>
    public static IReadOnlyList<string> Broken(string folder, string source) =>
    [
        .. from line in source.Split('\n')
           where !line.TrimStart().StartsWith("//", StringComparison.Ordinal)
           from Match match in RoomName().Matches(line)
           where IsForbidden(folder, match.Groups["room"].Value)
           select line.Trim(),
    ];

    private static bool IsForbidden(string folder, string? other) =>
        other is not null && !string.Equals(folder, other, StringComparison.Ordinal) && Rooms.Contains(other, StringComparer.Ordinal);

    private static Type Outermost(Type type) => type.DeclaringType is { } declaring ? Outermost(declaring) : type;

    // A room's name where C# resolves it to the namespace: after "PgScale." or as the first name of a path, and in using and namespace.
    [GeneratedRegex(@"(?<![\w.])(?:global::)?(?:PgScale\.(?<room>Routing|Caching|Buffering|Backfill|Ddl)\b|(?<room>Routing|Caching|Buffering|Backfill|Ddl)\.(?=[A-Z]))", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex RoomName();

    private string? FolderOf(Type type)
    {
        var space = type.Namespace ?? "";
        return Array.Find([.. Folders], folder => $"{space}.".StartsWith($"{root}.{folder}.", StringComparison.Ordinal));
    }
}
