using PgScale.Ddl.Text;

namespace PgScale.Tests.Ddl.Text;

/// <summary>Definitions of the server with a column renamed in them.</summary>
public sealed class IndexTextTests
{
    [TestCase("USING btree (key, lower(key), other) WHERE (key IS NOT NULL)", "USING btree (z, lower(z), other) WHERE (z IS NOT NULL)")]
    [TestCase("USING btree (other) WHERE key", "USING btree (other) WHERE z")]
    [TestCase("CHECK ((key(1) > (key)::key))", "CHECK ((key(1) > (z)::key))")]
    [TestCase("CHECK ((\"key\" = 'key'::text))", "CHECK ((z = 'key'::text))")]
    public void The_column_is_renamed_and_nothing_else(string text, string renamed) => Assert.That(IndexText.WithColumn(text, "key", "z"), Is.EqualTo(renamed));

    [Test]
    public void In_a_foreign_key_only_the_columns_of_its_own_table_are_renamed() =>
        Assert.That(
            IndexText.WithOwnColumn("FOREIGN KEY (key, a) REFERENCES key(key, b) ON DELETE SET NULL (key)", "key", "z"),
            Is.EqualTo("FOREIGN KEY (z, a) REFERENCES key(key, b) ON DELETE SET NULL (z)"));

    [Test]
    public void Or_only_those_that_it_refers_to() =>
        Assert.That(
            IndexText.WithReferencedColumn("FOREIGN KEY (key) REFERENCES other.key(key) ON DELETE SET NULL (key)", "key", "z"),
            Is.EqualTo("FOREIGN KEY (key) REFERENCES other.key(z) ON DELETE SET NULL (key)"));

    [TestCase("USING btree (a)", "USING btree (a) TABLESPACE fast")]
    [TestCase("USING btree (a) INCLUDE (b) WHERE (a > 0)", "USING btree (a) INCLUDE (b) TABLESPACE fast WHERE (a > 0)")]
    public void A_tablespace_stands_in_front_of_the_condition(string words, string with) => Assert.That(IndexText.WithTablespace(words, "fast"), Is.EqualTo(with));
}
