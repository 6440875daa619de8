using System.Reflection;
using Microsoft.Extensions.Logging;
using PgScale.Diagnostics;
using PgScale.Tests.Docs;

namespace PgScale.Tests.Monitoring;

/// <summary>Whoever is woken by PgScale finds everything on docs/operating.md.</summary>
public sealed class OperatingPageTests
{
    internal const string Page = "docs/operating.md";

    [Test]
    public void Every_metric_has_its_row_and_no_row_is_of_a_metric_that_does_not_exist()
    {
        var rows = Pages.Read(Page).Split('\n')
            .Where(line => line.StartsWith("| `pgscale.", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1]);
        Assert.That(rows, Is.EquivalentTo(Instruments.All.Select(instrument => instrument.Name)));
    }

    [Test]
    public void Every_log_event_has_its_row_with_its_level_and_no_row_is_of_an_event_that_does_not_exist()
    {
        var events = typeof(PgScaleTelemetry).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .Select(log => $"{log.EventId} {log.Level}");
        var rows = Pages.Read(Page).Split('\n')
            .Where(line => line.Length > 6 && line.StartsWith("| ", StringComparison.Ordinal) && char.IsAsciiDigit(line[2]))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => $"{cells[1]} {cells[2]}");
        Assert.That(rows, Is.EquivalentTo(events));
    }
}
