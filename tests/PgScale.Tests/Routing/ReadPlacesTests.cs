using PgScale.Routing;

namespace PgScale.Tests.Routing;

internal sealed class ReadPlacesTests
{
    [Test]
    public async Task Read_that_finds_all_places_taken_waits_and_the_next_is_turned_away_at_once()
    {
        using var places = new ReadPlaces("Critical", concurrency: 1, queue: 1);
        await places.EnterAsync(default);
        var waiting = places.EnterAsync(default).AsTask();
        Assert.That(
            async () => await places.EnterAsync(default),
            Throws.InstanceOf<ReadRejectedException>().With.Message.Contains("Tiers:Critical:MaxConcurrency").And.Property("Tier").EqualTo("Critical"));
        places.Leave();
        await waiting;
        Assert.That(places.InUse, Is.EqualTo(1));
    }

    [Test]
    public async Task Wait_that_is_cancelled_leaves_the_queue()
    {
        using var places = new ReadPlaces("Critical", concurrency: 1, queue: 1);
        await places.EnterAsync(default);
        using (var cancelled = new CancellationTokenSource())
        {
            var waiting = places.EnterAsync(cancelled.Token).AsTask();
            await cancelled.CancelAsync();
            Assert.That(async () => await waiting, Throws.InstanceOf<OperationCanceledException>());
        }

        var next = places.EnterAsync(default).AsTask();
        places.Leave();
        Assert.That(async () => await next, Throws.Nothing);
    }
}
