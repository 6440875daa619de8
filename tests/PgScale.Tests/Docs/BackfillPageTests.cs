using System.Reflection;
using Microsoft.Extensions.Logging;
using PgScale.Backfill;

namespace PgScale.Tests.Docs;

/// <summary>What operators look up in docs/backfill.md has to be there.</summary>
public sealed class BackfillPageTests
{
    private const string Page = "docs/backfill.md";

    [TestCase(typeof(ControlledBackfillOptions))]
    [TestCase(typeof(BackfillPace))]
    public void Every_option_is_described(Type options)
    {
        var page = Pages.Read(Page);
        var missing = options.GetProperties().Select(option => option.Name).Where(name => !page.Contains($"| `{name}` |", StringComparison.Ordinal));
        Assert.That(missing, Is.Empty);
    }

    [Test]
    public void Every_log_event_has_its_row_with_its_level()
    {
        var page = Pages.Read(Page);
        var missing = typeof(ControlledBackfillLog).GetMethods(BindingFlags.Static | BindingFlags.NonPublic)
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .Select(log => $"| {log.EventId} | {log.Level} |")
            .Where(row => !page.Contains(row, StringComparison.Ordinal));
        Assert.That(missing, Is.Empty);
    }
}
