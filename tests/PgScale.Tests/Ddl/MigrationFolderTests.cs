using PgScale.Ddl;
using PgScale.Ddl.History;
using PgScale.Ddl.Migrations;

namespace PgScale.Tests.Ddl;

public sealed class MigrationFolderTests
{
    [Test]
    public void A_half_applied_file_is_not_applied_and_its_rest_may_be_corrected()
    {
        var compared = MigrationFolder.Compare([File("1.sql", "a", "corrected")], [Applied("1.sql", 0, "a", 2)], allowOutOfOrder: false);

        Assert.That(compared.Single().IsApplied, Is.False);
    }

    [Test]
    public void A_file_that_grew_after_it_was_applied_is_refused() =>
        Assert.That(
            () => MigrationFolder.Compare([File("1.sql", "a", "b")], [Applied("1.sql", 0, "a", 1)], allowOutOfOrder: false),
            Throws.InstanceOf<DdlException>().With.Message.Contains("1.sql").And.Message.Contains("it had 1 statements and has 2 now"));

    [Test]
    public void A_file_that_lost_a_statement_is_refused() =>
        Assert.That(
            () => MigrationFolder.Compare([File("1.sql", "a")], [Applied("1.sql", 0, "a", 2), Applied("1.sql", 1, "b", 2)], allowOutOfOrder: false),
            Throws.InstanceOf<DdlException>().With.Property(nameof(DdlException.Failure)).EqualTo(DdlFailure.MigrationMismatch));

    [Test]
    public void Files_that_are_gone_are_nobodys_concern() =>
        Assert.That(MigrationFolder.Compare([File("2.sql", "b")], [Applied("1.sql", 0, "a", 1)], allowOutOfOrder: false).Single().IsApplied, Is.False);

    [Test]
    public void A_file_without_statements_is_applied() =>
        Assert.That(MigrationFolder.Compare([File("1.sql")], [], allowOutOfOrder: false).Single().IsApplied, Is.True);

    private static DdlMigration File(string name, params string[] statements) => new(name, "c", statements, IsApplied: false);

    private static AppliedStatement Applied(string file, int position, string sql, int statements) => new(file, position, sql, "c", statements);
}
