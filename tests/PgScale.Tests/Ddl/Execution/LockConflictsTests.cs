using PgScale.Ddl;
using PgScale.Ddl.Execution;

namespace PgScale.Tests.Ddl.Execution;

public sealed class LockConflictsTests
{
    // The rows of table 13.2 of the manual, weakest lock first: X where the two conflict.
    private static readonly string[] Manual =
    [
        ".......X",
        "......XX",
        "....XXXX",
        "...XXXXX",
        "..XX.XXX",
        "..XXXXXX",
        ".XXXXXXX",
        "XXXXXXXX",
    ];

    [Test]
    public void Conflicts_are_those_of_the_manual()
    {
        var modes = Enum.GetValues<DdlLockMode>();

        var ours = modes.Select(row => string.Concat(modes.Select(column => LockConflicts.Conflict(row, column) ? 'X' : '.')));

        Assert.That(ours, Is.EqualTo(Manual));
    }

    [TestCaseSource(nameof(Modes))]
    public void A_mode_is_read_from_the_name_that_the_server_shows(DdlLockMode mode) =>
        Assert.That(LockConflicts.Parse(new DdlLock("t", mode).ServerMode), Is.EqualTo(mode));

    [TestCase("SIReadLock")]
    [TestCase("")]
    public void Other_locks_are_none(string name) => Assert.That(LockConflicts.Parse(name), Is.Null);

    private static DdlLockMode[] Modes() => Enum.GetValues<DdlLockMode>();
}
