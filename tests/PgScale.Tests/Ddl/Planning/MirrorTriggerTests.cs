using PgScale.Ddl.Planning;

namespace PgScale.Tests.Ddl.Planning;

/// <summary>Triggers run in the order of their names.</summary>
public sealed class MirrorTriggerTests
{
    [TestCase(null)]
    [TestCase("audit")]
    [TestCase("zz_touch")]
    [TestCase("\u00fcber_alles")]
    public void Its_name_comes_after_all_others(string? last) =>
        Assert.That(string.CompareOrdinal(MirrorTrigger.Name("id", last), last), Is.GreaterThan(0));

    [Test]
    public void Behind_a_name_of_63_bytes_that_no_other_follows_there_is_none() =>
        Assert.That(MirrorTrigger.Name("id", new string('~', 63)), Is.Null);
}
