using FsCheck;
using FsCheck.Fluent;
using PgScale.Cluster;

namespace PgScale.Tests;

public sealed class PgScaleOptionsValidatorTests
{
    private const string Secret = "hunter2";

    private static IEnumerable<TestCaseData> Broken()
    {
        yield return Case("A node without a name", options => options.Nodes[0].Name = " ", "PgScale:Nodes:0:Name is ' '", "1 to 63 characters");
        yield return Case("A node with null for a name", options => options.Nodes[0].Name = null!, "PgScale:Nodes:0:Name is ''", "1 to 63 characters");
        yield return Case("A name that is too long", options => options.Nodes[0].Name = new('n', 64), "PgScale:Nodes:0:Name has 64 characters", "1 to 63 characters");
        yield return Case("Two nodes of one name", options => options.Nodes.Add(Node("A")), "PgScale:Nodes:1:Name is 'A'", "rename one");
        yield return Case("A node that is null", options => options.Nodes.Add(null!), "PgScale:Nodes:1 is null", "Remove it");
        yield return Case("No connection string", options => options.Nodes[0].ConnectionString = "", "Nodes:0:ConnectionString of node 'a' names no host", "Add Host=");
        yield return Case("Null for a connection string", options => options.Nodes[0].ConnectionString = null!, "of node 'a' names no host", "Add Host=");
        yield return Case("An unreadable connection string", options => options.Nodes[0].ConnectionString = "Host=h;Colour=red", "cannot be read as an Npgsql connection string", "Check its keywords");
        yield return Case("An unknown keyword without a value", options => options.Nodes[0].ConnectionString = "Host=h;Colour=", "cannot be read as an Npgsql connection string", "Check its keywords");
        yield return Case("Settings that exclude each other", options => options.Nodes[0].ConnectionString = "Host=h;SSL Negotiation=Direct;SSL Mode=Disable", "Nodes:0:ConnectionString of node 'a'", "Check its keywords");
        yield return Case("A pool with more at least than at most", options => options.Nodes[0].ConnectionString = "Host=h;Minimum Pool Size=9;Maximum Pool Size=2", "Nodes:0:ConnectionString of node 'a'", "Check its keywords");
        yield return Case("Several hosts", options => options.Nodes[0].ConnectionString = "Host=h,i", "names several hosts", "a node of its own");
        yield return Case("Multiplexing", options => options.Nodes[0].ConnectionString = "Host=h;Multiplexing=true", "sets Multiplexing", "Remove it");
        yield return Case("An unreadable probe connection string", options => options.Nodes[0].ProbeConnectionString = "x", "Nodes:0:ProbeConnectionString of node 'a' cannot be read", "Check its keywords");
        yield return Case("Prepared statements behind a pooler", options => Pooled(options, "Host=h;Max Auto Prepare=5"), "sets Max Auto Prepare=5", "PoolerKeepsPreparedStatements");
        yield return Case("A tier that does not exist", options => options.Nodes[0].Tiers.Add("Urgent"), "names the tier 'Urgent', which does not exist", "Use one of");
        yield return Case("Null for tiers of a node", options => options.Nodes[0].Tiers = null!, "PgScale:Nodes:0:Tiers of node 'a' is null", "Leave it out");
        yield return Case("No weight", options => options.Nodes[0].Weight = 0, "Nodes:0:Weight of node 'a' is 0", "more than 0 and at most 1000");
        yield return Case("Weight that is no number", options => options.Nodes[0].Weight = double.NaN, "Nodes:0:Weight of node 'a' is NaN", "at most 1000");
        yield return Case("An unknown pooler", options => options.Nodes[0].Pooler = (PoolerMode)7, "Nodes:0:Pooler of node 'a' is 7", "use None or PgBouncerTransaction");
        yield return Case("Null for nodes", options => options.Nodes = null!, "PgScale:Nodes is null", "Leave it out");
        yield return Case("Null for a tier", options => options.Tiers["Critical"] = null!, "PgScale:Tiers:Critical is null", "Leave it out");
        yield return Case("A tier without a name", options => options.Tiers[" "] = new(), "PgScale:Tiers:  has no name", "Give the tier a name");
        yield return Case("A statement timeout of zero", options => options.Tiers["Critical"].StatementTimeout = TimeSpan.Zero, "PgScale:Tiers:Critical:StatementTimeout is zero", "at least 1 ms");
        yield return Case("A lock timeout of zero", options => options.Tiers["Critical"].LockTimeout = TimeSpan.Zero, "LockTimeout is zero", "leave it out");
        yield return Case("An idle timeout of zero", options => options.Tiers["Critical"].IdleInTransactionTimeout = TimeSpan.Zero, "IdleInTransactionTimeout is zero", "leave it out");
        yield return Case("A negative timeout", options => options.Tiers["Critical"].LockTimeout = TimeSpan.FromSeconds(-2), "LockTimeout is -2000 ms", "it must be from 1 ms");
        yield return Case("A timeout longer than the server takes", options => options.Tiers["Critical"].LockTimeout = TimeSpan.FromDays(25), "LockTimeout is 25.00:00:00", "to 24.");
        yield return Case("Lag limit of zero time", options => options.Tiers["Critical"].MaxLagTime = TimeSpan.Zero, "Critical:MaxLagTime is 00:00:00", "Set more than 0");
        yield return Case("Lag limit of zero bytes", options => options.Tiers["Critical"].MaxLagBytes = 0, "Critical:MaxLagBytes is 0", "Set more than 0");
        yield return Case("Null for the probe", options => options.Probe = null!, "PgScale:Probe is null", "Leave it out");
        yield return Case("Probes too often", options => options.Probe.Interval = TimeSpan.FromMilliseconds(10), "PgScale:Probe:Interval is 10 ms", "from 50 ms to 00:01:00");
        yield return Case("Heartbeats slower than probes", options => options.Probe.HeartbeatInterval = TimeSpan.FromSeconds(2), "Probe:HeartbeatInterval is 2 s", "from 50 ms to 1 s");
        yield return Case("A probe timeout of zero", options => options.Probe.Timeout = TimeSpan.Zero, "Probe:Timeout is 0 ms", "from 10 ms");
        yield return Case("Giving up before the timeout", options => options.Probe.AbandonAfter = TimeSpan.FromMilliseconds(100), "Probe:AbandonAfter is 100 ms", "from 450 ms");
        yield return Case("Urgent probes slower than others", options => options.Probe.UrgentInterval = TimeSpan.FromSeconds(2), "Probe:UrgentInterval is 2 s", "from 10 ms to 1 s");
        yield return Case("Refreshing too often", options => options.TopologyRefreshInterval = TimeSpan.FromMilliseconds(999), "PgScale:TopologyRefreshInterval is 999 ms", "from 1 s to 01:00:00");
        yield return Case("System identifier 0", options => options.SystemIdentifier = 0, "PgScale:SystemIdentifier is 0", "Leave it out");
        yield return Case("Null for the application name", options => options.ApplicationName = null!, "PgScale:ApplicationName is null", "Leave it out");
    }

    private static IEnumerable<TestCaseData> Fine()
    {
        yield return new TestCaseData((Action<PgScaleOptions>)(static _ => { })).SetArgDisplayNames("The defaults");
        yield return new TestCaseData((Action<PgScaleOptions>)(options => options.Nodes.Clear())).SetArgDisplayNames("No nodes, for a source may give them");
        yield return new TestCaseData((Action<PgScaleOptions>)(options => options.Nodes[0].Tiers.Add("critical"))).SetArgDisplayNames("A tier in another case");
        yield return new TestCaseData((Action<PgScaleOptions>)(options => options.Tiers["Critical"].LockTimeout = null)).SetArgDisplayNames("No lock timeout");
        yield return new TestCaseData((Action<PgScaleOptions>)(options => options.Nodes[0].ConnectionString = "Host=/var/run/postgresql")).SetArgDisplayNames("A socket");
        yield return new TestCaseData((Action<PgScaleOptions>)(options => options.Nodes[0].ConnectionString = "Host=h;Target Session Attributes=primary")).SetArgDisplayNames("Session attributes, which are taken away");
        yield return new TestCaseData((Action<PgScaleOptions>)(options => Pooled(options, "Host=h"))).SetArgDisplayNames("A pooler");
        yield return new TestCaseData((Action<PgScaleOptions>)(options =>
        {
            Pooled(options, "Host=h;Max Auto Prepare=5");
            options.Nodes[0].PoolerKeepsPreparedStatements = true;
        })).SetArgDisplayNames("A pooler that keeps prepared statements");
    }

    [TestCaseSource(nameof(Broken))]
    public void Each_problem_names_the_setting_its_value_and_the_remedy(Action<PgScaleOptions> break_, string problem, string remedy)
    {
        var options = Good();
        break_(options);

        Assert.That(Problems(options), Has.Count.EqualTo(1).And.One.Contains(problem).And.One.Contains(remedy));
    }

    [TestCaseSource(nameof(Fine))]
    public void Good_options_pass(Action<PgScaleOptions> change)
    {
        var options = Good();
        change(options);

        Assert.That(Problems(options), Is.Empty);
    }

    [Test]
    public void All_problems_are_told_at_once()
    {
        var options = Good();
        options.Nodes[0].Name = "";
        options.Probe.Timeout = TimeSpan.Zero;
        options.Tiers["Critical"].LockTimeout = TimeSpan.Zero;

        Assert.That(Problems(options), Has.Count.EqualTo(3));
    }

    [Test]
    public void Problem_of_a_further_instance_names_it()
    {
        var options = Good();
        options.Probe.Timeout = TimeSpan.Zero;

        Assert.That(new PgScaleOptionsValidator().Validate("orders", options).Failures, Has.One.StartsWith("PgScale (orders):Probe:Timeout is 0 ms"));
    }

    [TestCase("Host=h;Passwort=hunter2")]
    [TestCase("Host=h;Port=abc;Password=hunter2")]
    [TestCase("Host=h Password=hunter2")]
    [TestCase("Host=h,i Password=hunter2")]
    [TestCase("Host=h;Username=app Password=hunter2")]
    [TestCase("Host=h;Database=app password = hunter2")]
    [TestCase("Host=h;Username=app Pwd=hunter2")]
    [TestCase("postgres://app:hunter2@h/app")]
    [TestCase("Server=h Port=1;hunter2")]
    [TestCase("Host=h;Timeout=hunter2")]
    [TestCase("hunter2")]
    public void Malformed_connection_string_is_refused_and_its_password_not_told(string connectionString)
    {
        var options = Good();
        options.Nodes[0].ConnectionString = connectionString;
        options.Nodes[0].ProbeConnectionString = connectionString;

        var problems = Problems(options);

        Assert.That(problems, Is.Not.Empty);
        Assert.That(problems, Has.None.Contains(Secret));
    }

    [Test]
    public void Connection_string_in_the_place_of_the_name_is_not_told()
    {
        var options = Good();
        options.Nodes[0].Name = "Host=database.example.internal;Username=application;Password=hunter2";

        Assert.That(Problems(options), Is.Not.Empty.And.None.Contains(Secret));
    }

    [Test]
    public void Any_connection_string_is_taken_or_refused_with_a_sentence() => Prop.ForAll(ConnectionStrings, text =>
    {
        var options = Good();
        options.Nodes[0].ConnectionString = text;
        return Problems(options).All(problem => !problem.Contains(Secret, StringComparison.Ordinal));
    }).QuickCheckThrowOnFailure();

    private static Arbitrary<string> ConnectionStrings => Gen.Elements(
            "Host", "=", ";", " ", "h", "Password", "hunter2", "'", "\"", "Port", "99999", "SSL Mode", "Require", ",", "Options", "\0", "User", "Pooling", "true")
        .ListOf().Select(parts => string.Concat(parts)).ToArbitrary();

    private static TestCaseData Case(string name, Action<PgScaleOptions> change, string problem, string remedy) =>
        new TestCaseData(change, problem, remedy).SetArgDisplayNames(name);

    private static PgScaleOptions Good() => new() { Nodes = { Node("a") } };

    private static NodeOptions Node(string name) => new() { Name = name, ConnectionString = "Host=h;Username=app;Password=" + Secret };

    private static void Pooled(PgScaleOptions options, string connectionString) =>
        (options.Nodes[0].Pooler, options.Nodes[0].ConnectionString) = (PoolerMode.PgBouncerTransaction, connectionString);

    private static List<string> Problems(PgScaleOptions options) => [.. new PgScaleOptionsValidator().Validate("", options).Failures ?? []];
}
