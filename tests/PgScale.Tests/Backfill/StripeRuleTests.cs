using PgScale.Backfill;
using PgScale.Backfill.Planning;

namespace PgScale.Tests.Backfill;

public sealed class StripeRuleTests
{
    private static readonly BackfillTable Table = new(1, "public", "t", new([new("id", "bigint")]))
    {
        Rows = 1_000_000,
        Pages = 20_000,
        Correlation = 1,
        Indexes = [new("t_pkey", ["id"], ["id"], IsUnique: true, IsWhole: true)],
    };

    private static readonly BackfillDefinition Definition = new("x", "t") { Set = { ["v"] = "1" } };

    [Test]
    public void Table_that_follows_its_key_is_striped() => Assert.That(StripeRule.ReasonAgainst(Definition, Table), Is.Null);

    [Test]
    public void Index_on_a_written_column_speaks_against_stripes() => Assert.That(
        StripeRule.ReasonAgainst(Definition, Table with { Indexes = [.. Table.Indexes, new("t_v", ["w"], ["w", "v"], IsUnique: false, IsWhole: false)] }), Does.Contain("t_v"));

    [Test]
    public void Scattered_heap_speaks_against_stripes() => Assert.That(StripeRule.ReasonAgainst(Definition, Table with { Correlation = 0.1 }), Is.Not.Null);

    [Test]
    public void Table_that_was_never_analysed_speaks_against_stripes() => Assert.That(StripeRule.ReasonAgainst(Definition, Table with { Correlation = null }), Is.Not.Null);

    [Test]
    public void Wide_rows_speak_against_stripes() => Assert.That(StripeRule.ReasonAgainst(Definition, Table with { Pages = 500_000 }), Is.Not.Null);

    [Test]
    public void Room_on_each_page_speaks_against_stripes() => Assert.That(StripeRule.ReasonAgainst(Definition, Table with { FillFactor = 45 }), Is.Not.Null);

    [Test]
    public void Statement_of_unknown_columns_speaks_against_stripes() => Assert.That(StripeRule.ReasonAgainst(new("x", "t") { Statement = "{batch}" }, Table), Is.Not.Null);
}
