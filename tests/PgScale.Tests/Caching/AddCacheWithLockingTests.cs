using System.Buffers;
using System.Text;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using PgScale.Caching;

namespace PgScale.Tests.Caching;

public sealed class AddCacheWithLockingTests
{
    [Test]
    public async Task Cache_is_a_HybridCache_under_its_key()
    {
        var services = new ServiceCollection();
        services.AddPgScale(AddNode).AddCacheWithLocking().AsHybridCache();
        services.AddKeyedPgScale("orders", AddNode).AsHybridCache();
        await using var provider = services.BuildServiceProvider();
        Assert.That(provider.GetRequiredService<HybridCache>(), Is.SameAs(provider.GetRequiredService<CacheWithLocking>()));
        Assert.That(provider.GetRequiredKeyedService<HybridCache>("orders"), Is.SameAs(provider.GetRequiredKeyedService<CacheWithLocking>("orders")));
        Assert.That(provider.GetRequiredKeyedService<HybridCache>("orders"), Is.Not.SameAs(provider.GetRequiredService<HybridCache>()));
    }

    [Test]
    public async Task Section_is_bound()
    {
        var section = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Redis"] = "127.0.0.1:1",
            ["Namespace"] = "shop",
            ["Expiration"] = "00:01:00",
            ["MaxConcurrentLoads"] = "7",
            ["StaleOnFailure"] = "01:00:00",
        }).Build();
        var services = new ServiceCollection();
        services.AddPgScale(AddNode).AddCacheWithLocking(section);
        await using var provider = services.BuildServiceProvider();
        var options = provider.GetRequiredService<IOptions<CacheWithLockingOptions>>().Value;
        Assert.That((options.Redis, options.Namespace, options.Expiration, options.MaxConcurrentLoads), Is.EqualTo(("127.0.0.1:1", "shop", TimeSpan.FromMinutes(1), 7)));
    }

    [Test]
    public async Task Bad_options_are_refused_together_and_say_no_secret()
    {
        var services = new ServiceCollection();
        services.AddPgScale(AddNode).AddCacheWithLocking(options =>
            (options.Redis, options.Namespace, options.Expiration, options.MaxConcurrentLoads) = ("password=hunter2,nonsense=1", "a:b", TimeSpan.Zero, 0));
        await using var provider = services.BuildServiceProvider();
        var refusal = Assert.Throws<OptionsValidationException>(() => _ = provider.GetRequiredService<CacheWithLocking>().Core);
        Assert.That(refusal.Message, Does.Contain("PgScale:Caching:Redis").And.Contain("Namespace").And.Contain("Expiration").And.Contain("MaxConcurrentLoads"));
        Assert.That(refusal.Message, Does.Not.Contain("hunter2"));
    }

    [Test]
    public async Task Registered_serializers_are_used_the_keyed_one_first()
    {
        await using var paper = new PaperCache(services: services =>
        {
            services.AddSingleton<IHybridCacheSerializer<List<int>>>(new Reversing());
            services.AddSingleton<IHybridCacheSerializerFactory>(new Factory());
        });
        await paper.Cache.GetOrCreateAsync("list", _ => new ValueTask<List<int>>([1, 2]));
        Assert.That(await paper.Cache.GetOrCreateAsync("list", _ => new ValueTask<List<int>>([])), Is.EqualTo(new[] { 2, 1 }));
        await paper.Cache.GetOrCreateAsync("text", _ => new ValueTask<StringBuilder>(new StringBuilder("x")));
        Assert.That((await paper.Cache.GetOrCreateAsync("text", _ => new ValueTask<StringBuilder>(new StringBuilder()))).ToString(), Is.EqualTo("made"));
    }

    [Test]
    public async Task Health_is_good_without_Redis_and_degraded_when_it_is_away()
    {
        var services = new ServiceCollection();
        services.AddPgScale(AddNode).AddCacheWithLocking(options => options.Redis = "127.0.0.1:1,connectTimeout=100");
        services.AddKeyedPgScale("alone", AddNode).AddCacheWithLocking();
        services.AddHealthChecks().AddPgScaleCaching().AddPgScaleCaching("alone");
        await using var provider = services.BuildServiceProvider();
        var report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.That(report.Entries["pgscale-caching"].Status, Is.EqualTo(HealthStatus.Degraded));
        Assert.That(report.Entries["pgscale-caching-alone"].Status, Is.EqualTo(HealthStatus.Healthy));
    }

    private static void AddNode(PgScaleOptions options) => options.Nodes.Add(new() { Name = "a", ConnectionString = "Host=h" });

    private sealed class Reversing : IHybridCacheSerializer<List<int>>
    {
        public List<int> Deserialize(ReadOnlySequence<byte> source) => [.. source.ToArray().Select(number => (int)number).Reverse()];

        public void Serialize(List<int> value, IBufferWriter<byte> target) => target.Write([.. value.Select(number => (byte)number)]);
    }

    private sealed class Factory : IHybridCacheSerializerFactory, IHybridCacheSerializer<StringBuilder>
    {
        public bool TryCreateSerializer<T>([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IHybridCacheSerializer<T>? serializer)
        {
            serializer = this as IHybridCacheSerializer<T>;
            return serializer is not null;
        }

        public StringBuilder Deserialize(ReadOnlySequence<byte> source) => new("made");

        public void Serialize(StringBuilder value, IBufferWriter<byte> target)
        {
        }
    }
}
