using System.Reflection;
using Microsoft.Extensions.Logging;
using PgScale.Cluster;

namespace PgScale.Tests.Docs;

/// <summary>What operators look up in docs/cluster.md has to be there.</summary>
public sealed class ClusterPageTests
{
    private const string Page = "docs/cluster.md";

    [TestCase(typeof(PgScaleOptions))]
    [TestCase(typeof(NodeOptions))]
    [TestCase(typeof(TierOptions))]
    [TestCase(typeof(ProbeOptions))]
    public void Every_option_is_described(Type options)
    {
        var page = Pages.Read(Page);
        var missing = options.GetProperties().Select(option => option.Name)
            .Where(name => !page.Contains($"| `{name}` |", StringComparison.Ordinal) && !page.Contains($"| `{name}:<name>` |", StringComparison.Ordinal));
        Assert.That(missing, Is.Empty);
    }

    [Test]
    public void Every_log_event_has_its_row_with_its_level()
    {
        var page = Pages.Read(Page);
        var missing = typeof(ClusterLog).GetMethods(BindingFlags.Static | BindingFlags.NonPublic)
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .Select(log => $"| {log.EventId} | {log.Level} |")
            .Where(row => !page.Contains(row, StringComparison.Ordinal));
        Assert.That(missing, Is.Empty);
    }

    [Test]
    public void Every_state_of_health_and_coverage_is_explained()
    {
        var page = Pages.Read(Page);
        var missing = Enum.GetNames<NodeHealth>().Concat(Enum.GetNames<TokenCoverage>())
            .Where(name => !page.Contains($"\n| `{name}` |", StringComparison.Ordinal));
        Assert.That(missing, Is.Empty);
    }
}
