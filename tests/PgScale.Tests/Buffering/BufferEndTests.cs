using PgScale.Buffering;

namespace PgScale.Tests.Buffering;

/// <summary>What callers of a flush hear when the buffer ends.</summary>
public sealed class BufferEndTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [Test]
    public async Task Flush_whose_batch_was_given_up_does_not_claim_that_it_was_written()
    {
        await using var paper = new PaperBuffer(options => options.DrainTimeout = TimeSpan.Zero).Start();
        paper.Lane.Hold();
        paper.Enqueue(1);
        var flushing = paper.Buffer.FlushAsync();
        await Eventually.HoldsAsync(() => paper.Lane.Batches.Count == 1);
        await paper.Buffer.DisposeAsync();
        Assert.That(async () => await flushing.WaitAsync(Patience), Throws.InstanceOf<ObjectDisposedException>().With.Message.Contains("not written"));
    }

    [Test]
    public async Task Flush_whose_items_were_never_taken_ends_with_the_buffer()
    {
        await using var paper = new PaperBuffer(options => (options.DrainTimeout, options.MaxConnections) = (TimeSpan.Zero, 1)).Start();
        paper.Lane.Hold();
        paper.Enqueue(1);
        await Eventually.HoldsAsync(() => paper.Buffer.Count == 1);
        _ = paper.Buffer.FlushAsync();
        await Eventually.HoldsAsync(() => paper.Lane.Batches.Count == 1);
        paper.Enqueue(2);
        var flushing = paper.Buffer.FlushAsync();
        await paper.Buffer.DisposeAsync();
        Assert.That(async () => await flushing.WaitAsync(Patience), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public async Task Flush_of_a_stopped_buffer_ends_at_once()
    {
        await using var paper = new PaperBuffer().Start();
        paper.Enqueue(1);
        await ((ILazyWriteBuffer)paper.Buffer).StopAsync(CancellationToken.None);
        Assert.That((await paper.Buffer.FlushAsync().WaitAsync(Patience)).Rows, Is.Zero, "all was written at the stop");
        await paper.Buffer.DisposeAsync();
        Assert.That((await paper.Buffer.FlushAsync().WaitAsync(Patience)).Rows, Is.Zero);
    }
}
