using System.Reflection;
using Microsoft.Extensions.Logging;
using PgScale.Ddl;

namespace PgScale.Tests.Docs;

/// <summary>What operators look up in docs/ddl.md has to be there.</summary>
public sealed class DdlPageTests
{
    private const string Page = "docs/ddl.md";

    [TestCase(typeof(SafeDdlExecutorOptions))]
    [TestCase(typeof(DdlPolicy))]
    [TestCase(typeof(DdlBlockerPolicy))]
    public void Every_option_is_described(Type options)
    {
        var page = Pages.Read(Page);
        var missing = options.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(option => option.Name)
            .Where(name => !page.Contains($"| `{name}` |", StringComparison.Ordinal));
        Assert.That(missing, Is.Empty);
    }

    [Test]
    public void Every_log_event_has_its_row_with_its_level()
    {
        var page = Pages.Read(Page);
        var missing = typeof(SafeDdlExecutorLog).GetMethods(BindingFlags.Static | BindingFlags.NonPublic)
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .Select(log => $"| {log.EventId} | {log.Level} |")
            .Where(row => !page.Contains(row, StringComparison.Ordinal));
        Assert.That(missing, Is.Empty);
    }

    [TestCase(typeof(DdlFailure))]
    [TestCase(typeof(DdlBlockerKind))]
    [TestCase(typeof(DdlOutcome))]
    public void Every_word_of_the_history_and_of_errors_is_explained(Type words)
    {
        var page = Pages.Read(Page);
        Assert.That(Enum.GetNames(words).Where(name => !page.Contains($"| `{name}` |", StringComparison.Ordinal)), Is.Empty);
    }
}
