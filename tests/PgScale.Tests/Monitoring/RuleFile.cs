using System.Text.RegularExpressions;
using PgScale.Tests.Docs;

namespace PgScale.Tests.Monitoring;

/// <summary>The names in the files of docs/monitoring. That the rules are well-formed is for promtool to say.</summary>
internal static partial class RuleFile
{
    public const string Rules = "docs/monitoring/rules.yml";
    public const string RuleTests = "docs/monitoring/rules.test.yml";
    public const string Dashboard = "docs/monitoring/dashboard.json";

    public static IReadOnlyList<string> Alerts { get; } = [.. All(Rules, AlertPattern())];

    public static IReadOnlyList<string> Records { get; } = [.. All(Rules, RecordPattern())];

    public static IReadOnlyList<string> TestedAlerts { get; } = [.. All(RuleTests, TestedPattern())];

    public static IReadOnlyList<string> Runbooks { get; } = [.. All(Rules, RunbookPattern())];

    /// <summary>Everything that looks like a series, a recorded series or a label of PgScale.</summary>
    public static IEnumerable<string> NamesIn(string file) => NamePattern().Matches(WithoutComments(file)).Select(match => match.Value).Distinct(StringComparer.Ordinal);

    /// <summary>The labels that PgScale's tags become: whatever its sources name with a dot and is no instrument.</summary>
    public static IEnumerable<string> Labels() => Directory
        .EnumerateFiles(Path.Combine(Pages.Root, "src", "PgScale"), "*.cs", SearchOption.AllDirectories)
        .SelectMany(file => LiteralPattern().Matches(File.ReadAllText(file)))
        .Select(match => match.Groups["name"].Value)
        .Except(Instruments.All.Select(instrument => instrument.Name), StringComparer.Ordinal)
        .Select(name => name.Replace('.', '_'));

    private static IEnumerable<string> All(string file, Regex pattern) => pattern.Matches(WithoutComments(file)).Select(match => match.Groups["name"].Value);

    private static string WithoutComments(string file) =>
        string.Join('\n', Pages.Read(file).Split('\n').Where(line => !line.TrimStart().StartsWith('#')));

    [GeneratedRegex(@"- alert: (?<name>\w+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AlertPattern();

    [GeneratedRegex(@"- record: (?<name>[\w:]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RecordPattern();

    [GeneratedRegex(@"alertname: (?<name>\w+)\n\s+exp_alerts:", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TestedPattern();

    [GeneratedRegex(@"runbook_url: (?<name>\S+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RunbookPattern();

    [GeneratedRegex(@"\bpgscale[_:][a-z0-9_:]*[a-z0-9_]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"""(?<name>pgscale\.[a-z_.]+)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LiteralPattern();
}
