using Npgsql;
using PgScale.Buffering.Flushing;
using PgScale.Buffering.Sinks;

namespace PgScale.Tests.Buffering;

/// <summary>What an error calls for, and which row it names.</summary>
public sealed class FlushFailuresTests
{
    [TestCase("40P01", "Retry")]
    [TestCase("53100", "Retry")]
    [TestCase("55P03", "Retry")]
    [TestCase("57P01", "Retry")]
    [TestCase("25006", "Retry")]
    [TestCase("08006", "Retry")]
    [TestCase("57014", "TooLong")]
    [TestCase("22001", "Row")]
    [TestCase("23514", "Row")]
    [TestCase("21000", "Row")]
    [TestCase("P0001", "Row")]
    [TestCase("54000", "Row")]
    [TestCase("42P01", "Table")]
    [TestCase("42501", "Table")]
    [TestCase("28P01", "Table")]
    [TestCase("3D000", "Table")]
    [TestCase("XX000", "Unknown")]
    public void Sqlstate_decides(string state, string expected) =>
        Assert.That(FlushFailures.Classify(Refusal(state)).ToString(), Is.EqualTo(expected));

    [TestCase("42P01", null, true)]
    [TestCase("28000", "57P01", true)]
    [TestCase("28P01", null, false)]
    [TestCase("28P01", "57P01", false)]
    [TestCase("28P01", "28P01", true)]
    [TestCase("40P01", "42P01", false)]
    public void Password_is_wrong_only_when_it_is_refused_twice(string state, string? before, bool stops) =>
        Assert.That(FlushFailures.Stops(Refusal(state), before is null ? null : Refusal(before)), Is.EqualTo(stops));

    [TestCase("COPY log, line 701", 700)]
    [TestCase("COPY log, line 701, column text: \"x\"", 700)]
    [TestCase("PL/pgSQL function check_it() line 3 at RAISE\nCOPY log, line 12", 11)]
    [TestCase("COPY log, Zeile 5, Spalte a", 4)]
    [TestCase("COPY log, 第 5 行", 4)]
    [TestCase("COPY log_2, line 9", 8)]
    public void Line_of_a_copy_is_the_row(string where, int row) =>
        Assert.That(FlushFailures.NamedRow(Refusal("23514", where), new(new RowRange(0, 1_000))), Is.EqualTo(row));

    [Test]
    public void Row_counts_from_the_start_of_the_range() =>
        Assert.That(FlushFailures.NamedRow(Refusal("23514", "COPY log, line 3"), new(new RowRange(500, 600))), Is.EqualTo(502));

    [TestCase(null)]
    [TestCase("SQL statement \"SELECT 1 FROM ONLY parent\"")]
    [TestCase("unnamed portal parameter $3")]
    [TestCase("COPY log, line 99999")]
    public void Nothing_is_read_into_what_names_no_row(string? where) =>
        Assert.That(FlushFailures.NamedRow(Refusal("23503", where), new(new RowRange(0, 1_000))), Is.Null);

    [Test]
    public void Answer_of_an_ending_server_does_not_say_that_nothing_was_committed() =>
        Assert.That((FlushFailures.IsRolledBack(Refusal("57P01")), FlushFailures.IsRolledBack(Refusal("40P01"))), Is.EqualTo((false, true)));

    private static PostgresException Refusal(string state, string? where = null) => new("refused", "ERROR", "ERROR", state, where: where);
}
