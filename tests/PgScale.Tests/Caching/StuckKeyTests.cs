using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using PgScale.Caching;
using PgScale.Cluster;
using PgScale.Tests.Cluster;

namespace PgScale.Tests.Caching;

/// <summary>Whatever goes wrong, the next caller of the key is served.</summary>
public sealed class StuckKeyTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    [Test]
    public async Task Key_beside_a_null_key_in_a_list_stays_free()
    {
        await using var paper = new PaperCache();
        Assert.That(
            async () => await paper.Cache.GetOrCreateManyAsync<string>(["k", null!], (_, _, _) => throw new NotSupportedException()),
            Throws.InstanceOf<ArgumentNullException>());
        Assert.That(await paper.GetAsync("k", "v").WaitAsync(Deadline), Is.EqualTo("v"));
    }

    [Test]
    public async Task Key_whose_type_has_no_serializer_fails_for_the_second_caller_too()
    {
        await using var paper = new PaperCache(services: services => services.AddSingleton<IHybridCacheSerializerFactory, BrokenFactory>());
        for (var caller = 0; caller < 2; caller++)
        {
            Assert.That(async () => await paper.Cache.GetOrCreateAsync("k", _ => new ValueTask<Version>(new Version())).AsTask().WaitAsync(Deadline), Throws.InvalidOperationException);
        }
    }

    [Test]
    public async Task Keys_of_a_list_whose_type_has_no_serializer_stay_free()
    {
        await using var paper = new PaperCache(services: services => services.AddSingleton<IHybridCacheSerializerFactory, BrokenFactory>());
        for (var caller = 0; caller < 2; caller++)
        {
            Assert.That(
                async () => await paper.Cache.GetOrCreateManyAsync<Version>(["k"], (_, _, _) => throw new NotSupportedException()).AsTask().WaitAsync(Deadline),
                Throws.InvalidOperationException);
        }
    }

    [Test]
    public async Task Factory_that_gives_no_dictionary_is_told_so()
    {
        await using var paper = new PaperCache();
        Assert.That(
            async () => await paper.Cache.GetOrCreateManyAsync(["k"], (_, _, _) => new ValueTask<IReadOnlyDictionary<string, string>>((IReadOnlyDictionary<string, string>)null!)),
            Throws.InvalidOperationException.With.Message.Contains("dictionary"));
    }

    [Test]
    public async Task Load_of_a_key_that_was_removed_ends_when_its_last_caller_has_gone()
    {
        await using var paper = new PaperCache();
        using var cancellation = new CancellationTokenSource();
        var ended = new TaskCompletionSource();
        var caller = paper.Cache.GetOrCreateAsync(
            "k",
            async token =>
            {
                await using var registration = token.Register(() => ended.TrySetResult());
                await Task.Delay(Timeout.InfiniteTimeSpan, paper.Clock, token);
                return "v";
            },
            cancellationToken: cancellation.Token).AsTask();
        await paper.Cache.RemoveAsync("k");
        await cancellation.CancelAsync();
        Assert.That(async () => await caller, Throws.InstanceOf<OperationCanceledException>());
        await ended.Task.WaitAsync(Deadline);
    }

    [Test]
    public async Task Load_that_ends_after_the_cache_was_closed_still_gives_its_value()
    {
        var paper = new PaperCache();
        var gate = new TaskCompletionSource<string>();
        var caller = paper.Cache.GetOrCreateAsync("k", async _ => await gate.Task).AsTask();
        await paper.DisposeAsync();
        gate.SetResult("v");
        Assert.That(await caller, Is.EqualTo("v"));
    }

    [Test]
    public async Task Reader_with_a_token_who_joined_many_loads_without_it_loads_alone()
    {
        await using var paper = new PaperCache();
        var token = PaperCluster.Token(2_000);
        var flights = paper.Cache.Core.Flights;
        var stamps = paper.Cache.Core.Local.Tags.Stamp([]);
        flights.TryJoin<string>("k", stamps, out var flight, out _, out _);
        var reader = paper.Cache.GetOrCreateAsync("k", (context, _) => new ValueTask<string>(context.Token == token ? "fresh" : "?"), new() { MinimumToken = token }).AsTask();
        for (var round = 0; round < 10; round++)
        {
            var before = flight;
            flights.Void("k");
            flights.TryJoin("k", stamps, out flight, out _, out _);
            before.Complete(new Filled<string>("old", null, ConsistencyToken.None));
            await Task.WhenAny(reader, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System)); // lets the reader join the next one
        }

        Assert.That(await reader.WaitAsync(Deadline), Is.EqualTo("fresh"));
    }

    [Test]
    public async Task Value_that_cannot_be_serialized_replaces_the_old_one_nevertheless()
    {
        await using var paper = new PaperCache(configure: options => options.TreatAsImmutable<Action>());
        await paper.Cache.GetOrCreateAsync<Action?>("k", _ => new ValueTask<Action?>((Action?)null));
        Action value = () => { };
        await paper.Cache.SetAsync("k", value);
        Assert.That(await paper.Cache.GetOrCreateAsync<Action>("k", _ => throw new NotSupportedException()), Is.SameAs(value));
    }

    private sealed class BrokenFactory : IHybridCacheSerializerFactory
    {
        public bool TryCreateSerializer<T>(out IHybridCacheSerializer<T> serializer) => throw new InvalidOperationException("no serializer");
    }
}
