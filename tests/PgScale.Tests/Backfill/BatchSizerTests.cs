using PgScale.Backfill.Pacing;

namespace PgScale.Tests.Backfill;

public sealed class BatchSizerTests
{
    private static readonly TimeSpan Target = TimeSpan.FromMilliseconds(100);

    [Test]
    public void Batches_come_to_the_time_that_they_should_take()
    {
        var sizer = new BatchSizer(100);
        for (var batch = 0; batch < 20; batch++)
        {
            sizer.Observe(sizer.Rows, TimeSpan.FromMilliseconds(sizer.Rows * 0.02), Target, 100_000);
        }

        Assert.That(sizer.Rows, Is.EqualTo(5_000).Within(1));
    }

    [Test]
    public void Batch_grows_to_twice_the_last_one_at_most()
    {
        var sizer = new BatchSizer(100);
        sizer.Observe(100, TimeSpan.FromMicroseconds(1), Target, 100_000);
        Assert.That(sizer.Rows, Is.EqualTo(200));
    }

    [Test]
    public void Batch_shrinks_at_once_and_never_below_one_row()
    {
        var sizer = new BatchSizer(100);
        sizer.Observe(100, TimeSpan.FromHours(1), Target, 100_000);
        Assert.That(sizer.Rows, Is.EqualTo(1));
    }

    [Test]
    public void Batch_never_has_more_rows_than_it_may()
    {
        var sizer = new BatchSizer(900);
        sizer.Observe(900, TimeSpan.FromMilliseconds(1), Target, 1_000);
        Assert.That(sizer.Rows, Is.EqualTo(1_000));
    }
}
