using PgScale.Ddl;
using PgScale.Ddl.Execution;

namespace PgScale.Tests.Ddl.Execution;

public sealed class QueryRedactionTests
{
    [TestCase("SELECT 'a', 12, 1.5e3 FROM t1 WHERE b = 'it''s'", "SELECT ?, ?, ? FROM t1 WHERE b = ?")]
    [TestCase("UPDATE u SET p = E'x\\'secret' WHERE id=$1", "UPDATE u SET p = ? WHERE id=$1")]
    [TestCase("SELECT $a$secret 'x'$a$, $$more$$", "SELECT ?, ?")]
    [TestCase("INSERT INTO u VALUES ('cut off in the mid", "INSERT INTO u VALUES (?")]
    [TestCase("SELECT 1 /* user 7 */ -- trace 8\n FROM t", "SELECT ? ? ? FROM t")]
    public void Values_are_not_shown(string query, string shown) =>
        Assert.That(QueryRedaction.Show(query, DdlQueryText.Redacted), Is.EqualTo(shown));

    [Test]
    public void Long_statements_are_cut() =>
        Assert.That(QueryRedaction.Show("SELECT " + string.Join(", ", Enumerable.Repeat("name", 100)), DdlQueryText.Redacted), Has.Length.EqualTo(201));

    [Test]
    public void All_is_shown_or_nothing_where_that_is_asked_for() =>
        Assert.That(new[] { DdlQueryText.Full, DdlQueryText.Hidden }.Select(how => QueryRedaction.Show("SELECT 1", how)), Is.EqualTo(new[] { "SELECT 1", "" }));
}
