using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PgScale.Cluster;

namespace PgScale.Tests.Cluster;

public sealed class ApplicationNamesTests
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly Arbitrary<string> Names = Gen.Elements("a", "é", "漢", "😀", " ").NonEmptyListOf()
        .Zip(Gen.Choose(0, 60), (parts, padding) => new string('x', padding) + string.Concat(parts)).ToArbitrary();

    [TestCase("", "probe", "pgscale-probe")]
    [TestCase("shop", "probe", "shop pgscale-probe")]
    public void Application_comes_first_and_the_purpose_last(string application, string purpose, string expected) =>
        Assert.That(ApplicationNames.For(application, purpose), Is.EqualTo(expected));

    [Test]
    public void Long_name_is_cut_and_the_purpose_kept()
    {
        var name = ApplicationNames.For(new string('a', 200), "router-Critical");

        Assert.That(name, Has.Length.EqualTo(63).And.EndsWith("a pgscale-router-Critical"));
    }

    [Test]
    public void Name_fits_63_bytes_and_is_never_cut_inside_a_character() => Prop.ForAll(Names, Names, (application, purpose) =>
        Strict.GetByteCount(ApplicationNames.For(application, purpose)) <= 63).QuickCheckThrowOnFailure();

    [Test]
    public void Emoji_on_the_border_is_left_out_whole()
    {
        var name = ApplicationNames.For(new string('a', 46) + "😀", "probe");

        Assert.That(name, Is.EqualTo(new string('a', 46) + " pgscale-probe"));
    }
}
