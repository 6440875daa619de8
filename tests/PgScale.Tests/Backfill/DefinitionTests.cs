using PgScale.Backfill;
using PgScale.Backfill.Pacing;
using PgScale.Backfill.Planning;

namespace PgScale.Tests.Backfill;

public sealed class DefinitionTests
{
    private static readonly BackfillTable Table = new(1, "public", "odd \"name", new([new("a", "bigint"), new("B", "text")]));

    [Test]
    public void Identifiers_are_quoted_and_bounds_are_cast_to_the_types_of_their_columns()
    {
        var sql = new BatchStatements(new("x", "x") { Set = { ["v\"w"] = "1" }, Where = "t.v IS NULL OR true" }, Table, filter: "t.c").Apply(RowScope.Between);
        Assert.That(sql, Is.EqualTo(
            "UPDATE \"public\".\"odd \"\"name\" AS t SET \"v\"\"w\" = (1) WHERE (t.\"a\", t.\"B\") > (($1::text[])[1]::bigint, ($1::text[])[2]::text) "
            + "AND (t.\"a\", t.\"B\") <= (($2::text[])[1]::bigint, ($2::text[])[2]::text) AND (t.c) AND (t.v IS NULL OR true)"));
    }

    [Test]
    public void Statement_gets_the_condition_in_each_of_its_places() => Assert.That(
        new BatchStatements(new("x", "x") { Statement = "{batch} {batch:o}" }, Table with { Key = new([new("a", "int")]) }, filter: null).Apply(RowScope.FromStart),
        Is.EqualTo("((\"a\") <= (($2::text[])[1]::int)) ((o.\"a\") <= (($2::text[])[1]::int))"));

    [Test]
    public void Definitions_that_differ_in_anything_but_code_and_pace_have_other_marks()
    {
        BackfillDefinition[] all =
        [
            new("x", "x") { Set = { ["v"] = "1" } },
            new("x", "x") { Set = { ["v"] = "2" } },
            new("x", "x") { Set = { ["v"] = "1" }, Where = "t.v IS NULL" },
            new("x", "x") { Set = { ["v"] = "1" }, Where = "" },
            new("x", "x") { Statement = "1" },
            new("x", "x") { Work = (_, _) => Task.FromResult(0L) },
            new("x", "x") { Set = { ["v"] = "1" }, Where = "t.v IS NULL", Stages = [new("a", "b")] },
        ];
        Assert.That(all.Select(definition => DefinitionMark.Of(definition, Table)), Is.Unique);
        Assert.That(DefinitionMark.Of(new("x", "x") { Set = { ["v"] = "1" }, Pace = new() { Nice = 1 } }, Table), Is.EqualTo(DefinitionMark.Of(all[0], Table)));
    }

    [Test]
    public void Definition_without_a_change_is_refused() =>
        Assert.That(() => DefinitionRules.Check(new("x", "x")), Throws.TypeOf<BackfillRefusedException>().With.Message.Contains("are 0 ways to change a row"));

    [Test]
    public void Statement_that_would_change_every_row_in_each_batch_is_refused() =>
        Assert.That(() => DefinitionRules.Check(new("x", "x") { Statement = "UPDATE x SET v = 1" }), Throws.TypeOf<BackfillRefusedException>().With.Message.Contains("has no {batch}"));

    [Test]
    public void Stages_of_a_change_that_could_be_done_twice_are_refused() => Assert.That(
        () => DefinitionRules.Check(new("x", "x") { Set = { ["v"] = "t.v + 1" }, Stages = [new("a", "true")] }), Throws.TypeOf<BackfillRefusedException>().With.Message.Contains("would be changed twice"));

    [Test]
    public void Pace_survives_its_text()
    {
        BackfillPace pace = new()
        {
            Nice = 1.5,
            BatchTime = TimeSpan.FromMilliseconds(7),
            IgnoreReplicas = ["a"],
            Windows = [new() { From = new(22, 30), To = new(5, 0) }],
            TimeZone = "UTC",
        };
        var read = PaceText.Read(PaceText.Write(pace));
        Assert.That((read.Nice, read.BatchTime, read.TimeZone, read.MaxWalRate), Is.EqualTo((1.5, TimeSpan.FromMilliseconds(7), "UTC", (long?)null)));
        Assert.That((read.IgnoreReplicas!.Single(), read.Windows!.Single()), Is.EqualTo(("a", pace.Windows[0])));
    }

    [Test]
    public void More_special_pace_wins_value_by_value()
    {
        var pace = new BackfillPace { Nice = 2 }.Over(new() { Nice = 1, MaxBatchRows = 5 });
        Assert.That((pace.Nice, pace.MaxBatchRows), Is.EqualTo((2, 5)));
    }

    [TestCase(22, 30, ExpectedResult = true)]
    [TestCase(4, 59, ExpectedResult = true)]
    [TestCase(5, 0, ExpectedResult = false)]
    [TestCase(12, 0, ExpectedResult = false)]
    public bool Window_goes_over_midnight(int hour, int minute) => new BackfillWindow { From = new(22, 30), To = new(5, 0) }.Contains(new(hour, minute));

    [Test]
    public void Every_value_of_a_pace_is_taken_over()
    {
        var given = new BackfillPace();
        foreach (var property in typeof(BackfillPace).GetProperties())
        {
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            object value = type == typeof(string) ? "x" : type == typeof(IList<string>) ? new List<string>() : type == typeof(IList<BackfillWindow>) ? new List<BackfillWindow>() : Activator.CreateInstance(type)!;
            property.SetValue(given, value);
        }

        Assert.That(new BackfillPace().Over(given), Is.EqualTo(given));
    }

    [TestCase("MaxFailedRows", "-1")]
    [TestCase("Pace:Nice", "101")]
    [TestCase("Pace:BatchTime", "0 ms")]
    [TestCase("StatementTimeout", "99 ms")]
    public void Option_out_of_range_is_named_with_its_setting_and_its_range(string setting, string value)
    {
        ControlledBackfillOptions options = new()
        {
            MaxFailedRows = -1,
            StatementTimeout = TimeSpan.FromMilliseconds(99),
            Pace = new() { Nice = 101, BatchTime = TimeSpan.Zero },
        };
        Assert.That(new ControlledBackfillOptionsValidator().Validate(name: null, options).Failures, Has.One.StartsWith($"PgScale:Backfill:{setting} is {value}; it must be from "));
    }

    [Test]
    public void Default_options_are_valid() =>
        Assert.That(new ControlledBackfillOptionsValidator().Validate(name: null, new()).Succeeded, Is.True);
}
