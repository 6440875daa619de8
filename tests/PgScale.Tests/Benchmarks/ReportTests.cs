using System.Text.Json;
using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Reports;

namespace PgScale.Tests.Benchmarks;

public sealed class ReportTests
{
    private static readonly BenchmarkRow Full = new()
    {
        Room = "routing",
        Measure = "reads",
        Unit = "1/s",
        Baseline = "by hand | today",
        BaselineValue = 40_000,
        Value = 38_000,
        Goal = Goal.RatioAtLeast(0.97),
        Rounds = 9,
        Spread = 0.04,
    };

    private static readonly BenchmarkRow Alone = new() { Room = "cluster", Measure = "start", Unit = "s", Value = 1.875 };

    [Test]
    public void Json_is_an_array_of_objects_with_exactly_the_promised_names()
    {
        using var json = JsonDocument.Parse(JsonReport.Render([Full, Alone]));

        foreach (var row in json.RootElement.EnumerateArray())
        {
            Assert.That(
                row.EnumerateObject().Select(field => field.Name),
                Is.EqualTo(new[] { "room", "measure", "unit", "baseline", "baselineValue", "value", "ratio", "goal", "met", "rounds", "spread" }));
        }
    }

    [Test]
    public void Json_holds_the_figures_of_the_row()
    {
        using var json = JsonDocument.Parse(JsonReport.Render([Full]));
        var row = json.RootElement[0];

        Assert.That(row.GetProperty("baselineValue").GetDouble(), Is.EqualTo(40_000));
        Assert.That(row.GetProperty("ratio").GetDouble(), Is.EqualTo(0.95));
        Assert.That(row.GetProperty("goal").GetString(), Is.EqualTo("ratio >= 0.97"));
        Assert.That(row.GetProperty("met").GetBoolean(), Is.False);
    }

    [TestCase("baseline")]
    [TestCase("baselineValue")]
    [TestCase("ratio")]
    [TestCase("goal")]
    [TestCase("met")]
    [TestCase("spread")]
    public void What_a_row_does_not_have_is_null_in_json(string name)
    {
        using var json = JsonDocument.Parse(JsonReport.Render([Alone]));

        Assert.That(json.RootElement[0].GetProperty(name).ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public void Infinite_ratio_is_null_in_json()
    {
        using var json = JsonDocument.Parse(JsonReport.Render([Full with { BaselineValue = 0 }]));

        Assert.That(json.RootElement[0].GetProperty("ratio").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public void Markdown_shows_rows_and_where_they_come_from()
    {
        var markdown = MarkdownReport.Render("laptop", [Full, Alone], new Provenance([("Commit", "abc123")]));

        Assert.That(markdown, Does.StartWith("# laptop\n"));
        Assert.That(markdown, Does.Contain(@"| by hand \| today |         40,000 |  38,000 |  0.95 | ratio >= 0.97 | missed |      9 |    4 % |"));
        Assert.That(markdown, Does.Contain("- Commit: abc123\n"));
    }

    [Test]
    public async Task Provenance_names_machine_versions_commit_and_command()
    {
        var provenance = await Provenance.ReadAsync("./build.sh bench --quick", TimeProvider.System);

        Assert.That(
            provenance.Facts.Select(fact => fact.Name),
            Is.EqualTo(new[] { "Processor", "Memory", "System", ".NET", "Npgsql", "Postgres", "PgScale", "Commit", "Date", "Command" }));
        Assert.That(provenance.Facts.Select(fact => fact.Value), Is.All.Not.Empty);
    }
}
