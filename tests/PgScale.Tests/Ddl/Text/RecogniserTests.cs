using PgScale.Ddl.Judgement;

namespace PgScale.Tests.Ddl.Text;

/// <summary>Texts that look like something else to the server than to a quick reader.</summary>
public sealed class RecogniserTests
{
    [TestCase("CREATE INDEX z ON t (a, NULLS LAST)")]
    [TestCase("ALTER TABLE t ADD COLUMN format json")]
    [TestCase("ALTER TABLE t DROP COLUMN nulls first")]
    public void Two_words_that_the_server_takes_for_one_name_nothing(string sql) => Assert.That(Recognition.Of(sql).Statement, Is.Null);

    [TestCase("CREATE INDEX z ON t (nulls)")]
    [TestCase("CREATE INDEX z ON t (a NULLS LAST)")]
    [TestCase("ALTER TABLE t ADD COLUMN format text")]
    [TestCase("ALTER TABLE t ADD COLUMN \"format\" json")]
    public void Such_words_alone_or_in_quotes_are_names(string sql) => Assert.That(Recognition.Of(sql).Statement, Is.Not.Null);

    [TestCase("ALTER INDEX t_a_idx SET SCHEMA other")]
    [TestCase("ALTER TABLE t ADD COLUMN z int.kind")]
    [TestCase("CREATE SEQUENCE z AS bigint[1]")]
    [TestCase("ALTER TABLE t ADD COLUMN z int . UNIQUE")]
    [TestCase("CREATE CONSTRAINT TRIGGER z AFTER INSERT ON t FOR ROW EXECUTE FUNCTION touch()")]
    public void What_no_version_of_the_server_parses_is_not_known(string sql) => Assert.That(Recognition.Of(sql).Statement, Is.Null);
}
