using System.Text.Json;
using Microsoft.Extensions.Configuration;
using PgScale.Backfill;
using PgScale.Buffering;
using PgScale.Caching;
using PgScale.Cluster;
using PgScale.Ddl;
using PgScale.Routing;

namespace PgScale.Tests.Docs;

/// <summary>samples/ChatService/appsettings.json is where users look up how an option is written, so it has all of them and no others.</summary>
public sealed class ChatSettingsTests
{
    private const string File = "samples/ChatService/appsettings.json";

    // These take code, which a file cannot hold.
    private static readonly string[] Delegates = ["ConfigureDataSource", "Backfill"];

    [TestCase(typeof(PgScaleOptions), "")]
    [TestCase(typeof(NodeOptions), "Nodes:0")]
    [TestCase(typeof(ProbeOptions), "Probe")]
    [TestCase(typeof(TierOptions), "Tiers:Critical")]
    [TestCase(typeof(ReplicaRouterOptions), "Routing")]
    [TestCase(typeof(TierRoutingOptions), "Routing:Tiers:Critical")]
    [TestCase(typeof(CacheWithLockingOptions), "Caching")]
    [TestCase(typeof(LazyWriteBufferOptions), "Buffering:MessageSent")]
    [TestCase(typeof(ControlledBackfillOptions), "Backfill")]
    [TestCase(typeof(BackfillPace), "Backfill:Pace")]
    [TestCase(typeof(SafeDdlExecutorOptions), "Ddl")]
    [TestCase(typeof(DdlPolicy), "Ddl:Policy")]
    [TestCase(typeof(DdlBlockerPolicy), "Ddl:Policy:Blockers")]
    public void Every_option_is_shown(Type options, string section)
    {
        var expected = options.GetProperties()
            .Where(option => option.GetMethod!.IsStatic is false && !Delegates.Contains(option.Name, StringComparer.Ordinal))
            .Select(option => option.Name);
        var shown = Read(section).EnumerateObject().Select(setting => setting.Name).Except(options == typeof(PgScaleOptions) ? Components : [], StringComparer.Ordinal);
        Assert.That(shown, Is.EquivalentTo(expected));
    }

    // What differs on purpose has a comment in the file that says so.
    [TestCase(typeof(ProbeOptions), "Probe")]
    [TestCase(typeof(ReplicaRouterOptions), "Routing")]
    [TestCase(typeof(TierRoutingOptions), "Routing:Tiers:Critical", nameof(TierRoutingOptions.Hedging), nameof(TierRoutingOptions.FallbackShare))]
    [TestCase(typeof(CacheWithLockingOptions), "Caching", nameof(CacheWithLockingOptions.StaleOnFailure))]
    [TestCase(typeof(LazyWriteBufferOptions), "Buffering:MessageSent")]
    [TestCase(typeof(ControlledBackfillOptions), "Backfill")]
    [TestCase(typeof(SafeDdlExecutorOptions), "Ddl")]
    [TestCase(typeof(DdlBlockerPolicy), "Ddl:Policy:Blockers")]
    public void Values_are_the_defaults(Type options, string section, params string[] others)
    {
        var configuration = new ConfigurationBuilder().AddJsonFile(Path.Combine(Pages.Root, File)).Build();
        var shown = configuration.GetRequiredSection($"PgScale:{section}").Get(options);
        var changed = options.GetProperties()
            .Where(option => (option.PropertyType.IsValueType || option.PropertyType == typeof(string)) && !others.Contains(option.Name, StringComparer.Ordinal))
            .Where(option => !Equals(option.GetValue(shown), option.GetValue(Activator.CreateInstance(options))))
            .Select(option => option.Name);
        Assert.That(changed, Is.Empty);
    }

    private static string[] Components => ["Routing", "Caching", "Buffering", "Backfill", "Ddl"];

    private static JsonElement Read(string section)
    {
        using var file = JsonDocument.Parse(Pages.Read(File), new() { CommentHandling = JsonCommentHandling.Skip });
        return section.Split(':', StringSplitOptions.RemoveEmptyEntries).Prepend("PgScale")
            .Aggregate(file.RootElement, (element, name) => int.TryParse(name, out var index) ? element[index] : element.GetProperty(name)).Clone();
    }
}
