using System.Text.Json;
using PgScale.Tests.Docs;

namespace PgScale.Tests.Monitoring;

/// <summary>Rules and panels are read at night by people who have to trust them: none may name what does not exist.</summary>
public sealed class MonitoringTests
{
    [TestCase(RuleFile.Rules)]
    [TestCase(RuleFile.RuleTests)]
    [TestCase(RuleFile.Dashboard)]
    public void No_rule_or_panel_names_a_series_that_does_not_exist(string file)
    {
        var known = Instruments.All.SelectMany(PrometheusNames.Of).Concat(RuleFile.Records).Concat(RuleFile.Labels());
        Assert.That(RuleFile.NamesIn(file).Except(known, StringComparer.Ordinal), Is.Empty);
    }

    [Test]
    public void Every_instrument_is_on_the_dashboard_or_in_a_rule()
    {
        // What nobody looks at by itself: the page on operating says when to.
        string[] rest =
        [
            "pgscale.caching.early_refreshes", "pgscale.caching.lock.gave_up", "pgscale.caching.local.entries",
            "pgscale.buffering.retries", "pgscale.buffering.unmatched", "pgscale.buffering.flush.rows", "pgscale.buffering.bytes",
            "pgscale.backfill.rows.visited", "pgscale.backfill.retries", "pgscale.backfill.batch.duration",
            "pgscale.ddl.blockers.asked", "pgscale.ddl.step.duration",
        ];
        var shown = RuleFile.NamesIn(RuleFile.Dashboard).Concat(RuleFile.NamesIn(RuleFile.Rules)).ToHashSet(StringComparer.Ordinal);
        var unseen = Instruments.All.Where(instrument => !PrometheusNames.Of(instrument).Any(shown.Contains)).Select(instrument => instrument.Name);
        Assert.That(unseen, Is.EquivalentTo(rest));
    }

    [Test]
    public void Every_alert_fires_in_a_test() => Assert.That(RuleFile.TestedAlerts, Is.EquivalentTo(RuleFile.Alerts));

    [Test]
    public void Every_alert_has_a_runbook_that_is_a_section_of_the_page()
    {
        var sections = Pages.Read(OperatingPageTests.Page).Split('\n')
            .Where(line => line.StartsWith("### ", StringComparison.Ordinal))
            .Select(line => $"{OperatingPageTests.Page}#{line[4..].ToLowerInvariant()}");
        Assert.That(RuleFile.Runbooks, Is.EqualTo(RuleFile.Alerts.Select(alert => $"{OperatingPageTests.Page}#{alert.ToLowerInvariant()}")));
        Assert.That(sections, Is.EqualTo(RuleFile.Runbooks), "the page has the alerts in the order of the rules");
    }

    [Test]
    public void Panels_lie_side_by_side_and_have_numbers_of_their_own()
    {
        using var dashboard = JsonDocument.Parse(Pages.Read(RuleFile.Dashboard));
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().ToList();
        Assert.That(panels.Select(panel => panel.GetProperty("id").GetInt32()), Is.Unique);
        Assert.That(panels.Select(panel => (Place(panel, "x"), Place(panel, "y"))), Is.Unique);
        Assert.That(panels.Select(panel => Place(panel, "x") + Place(panel, "w")), Is.All.AtMost(24));

        static int Place(JsonElement panel, string name) => panel.GetProperty("gridPos").GetProperty(name).GetInt32();
    }
}
