using PgScale.Ddl.Execution;

namespace PgScale.Tests.Ddl.Execution;

public sealed class LeftoverNameTests
{
    private static readonly string Long = new('n', 60);

    [TestCase("orders_key", ExpectedResult = true)]
    [TestCase("orders_key_ccnew", ExpectedResult = true)]
    [TestCase("orders_key_ccold12", ExpectedResult = true)]
    [TestCase("orders_ccnew", ExpectedResult = false)]
    [TestCase("orders_key2_ccnew", ExpectedResult = false)]
    [TestCase("orders_key_ccnewer", ExpectedResult = false)]
    public bool What_a_build_or_rebuild_left_is_known_by_its_name(string name) => LeftoverName.Belongs(name, "orders_key");

    [Test]
    public void The_name_of_a_rebuild_of_a_long_name_is_cut() =>
        Assert.That(LeftoverName.Belongs(Long[..57] + "_ccnew", Long), Is.True);
}
