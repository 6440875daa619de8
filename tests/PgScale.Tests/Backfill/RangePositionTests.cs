using FsCheck;
using FsCheck.Fluent;
using PgScale.Backfill.Ledger;

namespace PgScale.Tests.Backfill;

public sealed class RangePositionTests
{
    [Test]
    public void Plain_position_moves_to_the_end_of_its_batch()
    {
        var position = new RangePosition(["3"]).After(["9"]);
        Assert.That((position.Lower, position.IsStriped), Is.EqualTo((new[] { "9" }, false)));
    }

    [Test]
    public void Stretch_begins_anew_with_each_stripe_and_is_done_after_the_last()
    {
        var first = new RangePosition(["3"]).BeginStretch(["9"], 2);
        var second = first.After(["9"]);
        var done = second.After(["9"]);
        Assert.That((first.Lower, first.Stripe), Is.EqualTo((new[] { "3" }, 0)));
        Assert.That((second.Lower, second.Stripe), Is.EqualTo((new[] { "3" }, 1)));
        Assert.That((done.Lower, done.IsStriped), Is.EqualTo((new[] { "9" }, false)));
    }

    [Test]
    public void Split_stripe_goes_on_behind_its_first_part()
    {
        var position = new RangePosition(["3"]).BeginStretch(["9"], 2).After(["5"]);
        Assert.That((position.Lower, position.Stripe), Is.EqualTo((new[] { "5" }, 0)));
        Assert.That((position.After(["9"]).Lower, position.After(["9"]).Stripe), Is.EqualTo((new[] { "3" }, 1)));
    }

    // However batches are cut, striped and split, each row belongs to exactly one of them.
    [Test]
    public void Each_row_is_in_exactly_one_batch_however_batches_are_cut() => Prop.ForAll(
        ArbMap.Default.ArbFor<int[]>(),
        cuts =>
        {
            const int last = 60;
            var (seen, position, step) = (new int[last + 1], new RangePosition(null), 0);
            while (position.IsStriped || position.Cursor?[0] != "60")
            {
                var cut = cuts.Length == 0 ? 7 : 1 + (Math.Abs(cuts[step++ % cuts.Length] % 40));
                if (!position.IsStriped && cut % 3 != 0)
                {
                    position = position.BeginStretch([$"{Math.Min(last, At(position.Cursor) + cut)}"], 1 + (cut % 4));
                }

                var upper = Math.Min(position.StretchUpper is { } stretch ? At(stretch) : last, At(position.Lower) + cut);
                for (var row = At(position.Lower) + 1; row <= upper; row++)
                {
                    seen[row] += !position.IsStriped || row % position.Stripes == position.Stripe ? 1 : 0;
                }

                position = position.After([$"{upper}"]);
            }

            return seen.Skip(1).All(count => count == 1);
        }).QuickCheckThrowOnFailure();

    private static int At(string[]? bound) => bound is null ? 0 : int.Parse(bound[0], System.Globalization.CultureInfo.InvariantCulture);
}
