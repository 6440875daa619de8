using System.Text.Json;
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
            .Where(option => option.GetMethod!.IsStatic is false && !Delegates.Contains(option.Name))
            .Select(option => option.Name);
        var shown = Read(section).EnumerateObject().Select(setting => setting.Name).Except(options == typeof(PgScaleOptions) ? Components : []);
        Assert.That(shown, Is.EquivalentTo(expected));
    }

    private static string[] Components => ["Routing", "Caching", "Buffering", "Backfill", "Ddl"];

    private static JsonElement Read(string section)
    {
        using var file = JsonDocument.Parse(Pages.Read("samples/ChatService/appsettings.json"), new() { CommentHandling = JsonCommentHandling.Skip });
        return section.Split(':', StringSplitOptions.RemoveEmptyEntries).Prepend("PgScale")
            .Aggregate(file.RootElement, (element, name) => int.TryParse(name, out var index) ? element[index] : element.GetProperty(name)).Clone();
    }
}
