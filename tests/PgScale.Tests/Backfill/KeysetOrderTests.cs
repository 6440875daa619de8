using PgScale.Backfill.Planning;

namespace PgScale.Tests.Backfill;

public sealed class KeysetOrderTests
{
    private static readonly KeysetOrder WholeNumbers = new([new("id", "bigint")]);

    [TestCase("0", "100", ExpectedResult = 100)]
    [TestCase("9223372036854775800", "9223372036854775807", ExpectedResult = 7)]
    [TestCase("-5", "100", ExpectedResult = null)]
    [TestCase("a", "b", ExpectedResult = null)]
    public long? Span_is_known_of_whole_numbers_above_zero(string lower, string upper) => WholeNumbers.Span([lower], [upper]);

    [Test]
    public void Other_keys_have_no_span() => Assert.That(new KeysetOrder([new("id", "uuid")]).Span(["1"], ["2"]), Is.Null);

    [Test]
    public void Keys_of_several_columns_have_no_span() =>
        Assert.That(new KeysetOrder([new("a", "bigint"), new("b", "bigint")]).Span(["1", "1"], ["2", "2"]), Is.Null);

    [Test]
    public void Stripe_is_listed_in_the_type_of_the_key() =>
        Assert.That(new KeysetOrder([new("id", "integer")]).ListStripe("t", "$1", "$2", "$3", "$4"), Does.StartWith("t.\"id\" = ANY (ARRAY(SELECT g::integer FROM"));
}
