using System.Reflection;
using Microsoft.Extensions.Logging;
using PgScale.Buffering;

namespace PgScale.Tests.Docs;

/// <summary>What operators look up in docs/buffering.md has to be there.</summary>
public sealed class BufferingPageTests
{
    private const string Page = "docs/buffering.md";

    [Test]
    public void Every_option_is_described()
    {
        var page = Pages.Read(Page);
        Assert.That(typeof(LazyWriteBufferOptions).GetProperties().Select(option => option.Name).Where(name => !page.Contains($"| `{name}` |", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void Every_log_event_has_its_row_with_its_level()
    {
        var page = Pages.Read(Page);
        var missing = typeof(LazyWriteBufferLog).GetMethods(BindingFlags.Static | BindingFlags.NonPublic)
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .Select(log => $"| {log.EventId} | {log.Level} |")
            .Where(row => !page.Contains(row, StringComparison.Ordinal));
        Assert.That(missing, Is.Empty);
    }
}
