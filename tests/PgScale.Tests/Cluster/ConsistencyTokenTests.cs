using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using NpgsqlTypes;
using PgScale.Cluster;

namespace PgScale.Tests.Cluster;

public sealed class ConsistencyTokenTests
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private const ulong Home = 7_400_000_000_000_000_001;

    private static readonly Gen<ulong> Longs = ArbMap.Default.GeneratorFor<ulong>()
        .Zip(Gen.Choose(0, 63), (value, shift) => value >> shift);

    private static readonly Gen<ConsistencyToken> Anything =
        from system in Longs
        from timeline in ArbMap.Default.GeneratorFor<uint>()
        from position in Longs
        from milliseconds in Gen.Choose(0, int.MaxValue)
        select new ConsistencyToken(system, timeline, new(position), DateTimeOffset.FromUnixTimeMilliseconds(milliseconds * 100_000L));

    private static readonly Arbitrary<ConsistencyToken> Tokens = Anything.ToArbitrary();

    // Few values, so that equal ones meet.
    private static readonly Arbitrary<ConsistencyToken> Siblings = Gen.Frequency(
        (1, Gen.Constant(ConsistencyToken.None)),
        (8, from timeline in Gen.Choose(1, 3)
            from position in Gen.Choose(0, 4)
            select new ConsistencyToken(Home, (uint)timeline, new((ulong)position), DateTimeOffset.UnixEpoch))).ToArbitrary();

    [Test]
    public void Text_form_gives_back_the_whole_token() => Prop.ForAll(Tokens, token =>
    {
        var read = ConsistencyToken.Parse(token.ToString());
        return read == token && read.IssuedAt == token.IssuedAt && read.GetHashCode() == token.GetHashCode();
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Text_form_fits_a_header() => Prop.ForAll(Tokens, token =>
        token.ToString() is { Length: ConsistencyToken.TextLength } text && text.All(Alphabet.Contains)).QuickCheckThrowOnFailure();

    [Test]
    public void Text_form_is_at_most_48_characters() => Assert.That(ConsistencyToken.TextLength, Is.LessThanOrEqualTo(48));

    [Test]
    public void Text_form_is_the_same_in_every_release() => Assert.That(
        new ConsistencyToken(Home, 3, new(0x16_B374_D848), DateTimeOffset.FromUnixTimeMilliseconds(1_767_225_600_123)).ToString(),
        Is.EqualTo("AWayFMsJ5AABAAAAAwAAABazdNhIAZt22qh7KRQTVfx_"));

    [Test]
    public void Cut_short_at_any_length_it_is_refused_with_a_sentence()
    {
        var text = Sample().ToString();
        for (var length = 0; length < text.Length; length++)
        {
            var cut = text[..length];
            Assert.That(ConsistencyToken.TryParse(cut.AsSpan(), out _), Is.False, cut);
            Assert.That(() => ConsistencyToken.Parse(cut), Throws.TypeOf<FormatException>().With.Message.Contains($"has {length}: it was cut short"));
        }
    }

    [Test]
    public void One_changed_character_anywhere_is_refused()
    {
        var text = Sample().ToString();
        for (var index = 0; index < text.Length; index++)
        {
            foreach (var other in Alphabet.Where(character => character != text[index]))
            {
                var changed = text[..index] + other + text[(index + 1)..];
                Assert.That(ConsistencyToken.TryParse(changed.AsSpan(), out var token), Is.False, changed);
                Assert.That(token.IsNone);
            }
        }
    }

    [TestCase('%')]
    [TestCase(' ')]
    [TestCase('=')]
    [TestCase('\n')]
    [TestCase('ä')]
    [TestCase('\0')]
    public void Foreign_character_anywhere_is_refused_with_a_sentence(char foreign)
    {
        var text = Sample().ToString();
        for (var index = 0; index < text.Length; index++)
        {
            var changed = text[..index] + foreign + text[(index + 1)..];
            Assert.That(ConsistencyToken.TryParse(changed.AsSpan(), out _), Is.False, changed);
            Assert.That(() => ConsistencyToken.Parse(changed), Throws.TypeOf<FormatException>().With.Message.Contains("has other characters"));
        }
    }

    [Test]
    public void Any_text_is_read_or_refused_and_never_throws_from_TryParse() => Prop.ForAll(ArbMap.Default.ArbFor<string?>(), text =>
        !ConsistencyToken.TryParse(text, CultureInfo.InvariantCulture, out _)).QuickCheckThrowOnFailure();

    [Test]
    public void Another_version_is_refused_by_its_number()
    {
        var bytes = System.Buffers.Text.Base64Url.DecodeFromChars(Sample().ToString());
        bytes[0] = 2;
        System.Security.Cryptography.SHA256.HashData(bytes.AsSpan(0, 27)).AsSpan(0, 6).CopyTo(bytes.AsSpan(27));

        Assert.That(() => ConsistencyToken.Parse(System.Buffers.Text.Base64Url.EncodeToString(bytes)),
            Throws.TypeOf<FormatException>().With.Message.Contains("version 2; this PgScale reads version 1"));
    }

    [Test]
    public void Null_text_is_no_token()
    {
        Assert.That(ConsistencyToken.TryParse(null, null, out _), Is.False);
        Assert.That(() => ConsistencyToken.Parse((string)null!), Throws.ArgumentNullException);
    }

    [Test]
    public void Comparison_is_a_total_order() => Prop.ForAll(Siblings, Siblings, Siblings, (a, b, c) =>
        Math.Sign(a.CompareTo(b)) == -Math.Sign(b.CompareTo(a))
        && (a.CompareTo(b) == 0) == a.Equals(b)
        && (a > b || b > c || a <= c)
        && (a < b) == (a.CompareTo(b) < 0) && (a >= b) == (a.CompareTo(b) >= 0)
        && (a == b) == a.Equals((object)b) && (a != b) == !a.Equals(b)).QuickCheckThrowOnFailure();

    [Test]
    public void Max_is_commutative_associative_and_idempotent() => Prop.ForAll(Siblings, Siblings, Siblings, (a, b, c) =>
        ConsistencyToken.Max(a, b) == ConsistencyToken.Max(b, a)
        && ConsistencyToken.Max(ConsistencyToken.Max(a, b), c) == ConsistencyToken.Max(a, ConsistencyToken.Max(b, c))
        && ConsistencyToken.Max(a, a) == a
        && ConsistencyToken.Max(a, b) >= a
        && ConsistencyToken.Max(a, ConsistencyToken.None) == a).QuickCheckThrowOnFailure();

    [Test]
    public void Later_timeline_is_later_wherever_its_position_stands() => Assert.That(
        PaperCluster.Token(1, timeline: 2), Is.GreaterThan(PaperCluster.Token(1_000, timeline: 1)));

    [Test]
    public void Tokens_of_two_clusters_are_not_compared_and_both_are_named()
    {
        var foreign = PaperCluster.Token(5, system: 99);

        Assert.That(() => Sample().CompareTo(foreign), Throws.ArgumentException.With.Message.Contains("99").And.Message.Contains($"{Home}"));
        Assert.That(() => ConsistencyToken.Max(foreign, Sample()), Throws.ArgumentException);
        Assert.That(Sample() == foreign, Is.False);
    }

    [Test]
    public void None_is_the_default_and_comes_first()
    {
        Assert.That(default(ConsistencyToken), Is.EqualTo(ConsistencyToken.None));
        Assert.That(ConsistencyToken.None.IsNone);
        Assert.That(ConsistencyToken.None, Is.LessThan(Sample()));
        Assert.That(ConsistencyToken.Parse(ConsistencyToken.None.ToString()), Is.EqualTo(ConsistencyToken.None));
    }

    [Test]
    public void Issue_time_is_kept_in_whole_milliseconds_of_universal_time()
    {
        var local = new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.FromHours(5)).AddTicks(12_345);

        var token = new ConsistencyToken(Home, 1, new(8), local);

        Assert.That(token.IssuedAt, Is.EqualTo(new DateTimeOffset(2026, 5, 1, 7, 0, 0, 1, TimeSpan.Zero)));
        Assert.That(token.IssuedAt.Offset, Is.EqualTo(TimeSpan.Zero));
    }

    [Test]
    public void Culture_changes_nothing()
    {
        var before = CultureInfo.CurrentCulture;
        var strange = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (strange.NumberFormat.NegativeSign, strange.NumberFormat.NumberGroupSeparator) = ("0", "1");
        var text = Sample().ToString();
        try
        {
            CultureInfo.CurrentCulture = strange;
            Assert.That(Sample().ToString(), Is.EqualTo(text));
            Assert.That(ConsistencyToken.Parse(text, CultureInfo.CurrentCulture), Is.EqualTo(Sample()));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static ConsistencyToken Sample() => new(Home, 3, new NpgsqlLogSequenceNumber(0x16_B374_D848), DateTimeOffset.UnixEpoch.AddDays(20_000));
}
