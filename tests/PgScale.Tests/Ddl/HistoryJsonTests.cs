using System.Text.Json;
using PgScale.Ddl;
using PgScale.Ddl.History;

namespace PgScale.Tests.Ddl;

public sealed class HistoryJsonTests
{
    [Test]
    public void A_plan_comes_back_from_the_history_as_it_was()
    {
        var plan = Paper.Plan();

        var text = JsonSerializer.Serialize(plan, HistoryJson.Default.DdlPlan);
        var back = JsonSerializer.Deserialize(text, HistoryJson.Default.DdlPlan)!;

        Assert.That(JsonSerializer.Serialize(back, HistoryJson.Default.DdlPlan), Is.EqualTo(text));
        Assert.That(back.Steps[0].Pause, Is.EqualTo(plan.Steps[0].Pause));
        Assert.That(back.Steps[0].Backfill!.Remaining, Is.EqualTo("a IS NULL"));
        Assert.That(back.Findings[0], Is.EqualTo(plan.Findings[0]));
        Assert.That(back.Steps[0].Locks, Is.EqualTo(plan.Steps[0].Locks));
    }

    [Test]
    public void A_rule_that_this_version_does_not_know_does_not_hide_the_history()
    {
        var text = JsonSerializer.Serialize(Paper.Plan(), HistoryJson.Default.DdlPlan).Replace("\"PGS005\"", "\"PGS999\"", StringComparison.Ordinal);

        Assert.That(JsonSerializer.Deserialize(text, HistoryJson.Default.DdlPlan)!.Rules, Is.EqualTo(new[] { "PGS999" }));
    }

    [TestCaseSource(nameof(Outcomes))]
    public void Outcomes_are_words(DdlOutcome outcome) => Assert.That(HistoryWords.Parse(HistoryWords.Of(outcome)), Is.EqualTo(outcome));

    private static DdlOutcome[] Outcomes() => Enum.GetValues<DdlOutcome>();
}
