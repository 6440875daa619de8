using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using PgScale.Cluster;

namespace PgScale.Tests.Cluster;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class NodeDirectoryTests
{
    private const int ReloadedEvent = 1007;
    private const int ReloadRefusedEvent = 1008;
    private const int SourceRefusedEvent = 1009;
    private const int SourceRecoveredEvent = 1010;
    private const int HostUnresolvedEvent = 1011;
    private const int HostResolvedEvent = 1012;

    private readonly ManualTimeProvider _clock = new();
    private readonly RecordingLogger _logger = new();
    private readonly List<string> _configured = ["a"];
    private readonly Dictionary<string, Func<IPAddress[]>> _names = [];

    private Action<PgScaleOptions> _configure = static _ => { };

    [Test]
    public void Empty_configuration_is_refused_with_a_remedy()
    {
        _configured.Clear();
        using var directory = Create();

        Assert.That(directory.Load, Throws.TypeOf<OptionsValidationException>().With.Message.Contains("PgScale:Nodes is empty").And.Message.Contains("AddNodeSource"));
    }

    [Test]
    public void Empty_configuration_is_fine_with_a_source()
    {
        _configured.Clear();
        using var directory = Create(new Source());

        Assert.That(directory.Load().Nodes, Is.Empty);
    }

    [Test]
    public async Task Reload_takes_what_changed_and_keeps_the_objects_of_what_did_not()
    {
        using var directory = Create();
        var before = directory.Load();
        _configured.Add("b");

        var after = directory.Reload();

        Assert.That(Names(after), Is.EqualTo("a b"));
        Assert.That(after.Nodes[0], Is.SameAs(before.Nodes[0]));
        Assert.That(_logger.Count(ReloadedEvent), Is.EqualTo(1));
    }

    [Test]
    public async Task Changed_server_is_a_new_object()
    {
        using var directory = Create();
        var before = directory.Load();
        _configure = options => options.Nodes[0].Weight = 3;

        Assert.That((directory.Reload()).Nodes[0], Is.Not.SameAs(before.Nodes[0]));
    }

    [Test]
    public async Task Bad_reload_keeps_the_last_good_configuration_and_says_so_once()
    {
        using var directory = Create();
        var before = directory.Load();
        _configured.Add("a");

        var after = directory.Reload();

        Assert.That(after.Nodes, Is.EqualTo(before.Nodes));
        Assert.That(_logger.Entries, Has.Count.EqualTo(1));
        Assert.That(_logger.Last(ReloadRefusedEvent), Does.Contain("Nodes:1:Name is 'a'").And.Contain("last good one with 1 nodes kept"));
    }

    [Test]
    public async Task Empty_reload_keeps_the_last_good_configuration()
    {
        using var directory = Create();
        directory.Load();
        _configured.Clear();

        Assert.That(Names(directory.Reload()), Is.EqualTo("a"));
        Assert.That(_logger.Count(ReloadRefusedEvent), Is.EqualTo(1));
    }

    [Test]
    public async Task Reload_whose_reading_fails_in_any_way_keeps_the_last_good_configuration()
    {
        using var directory = Create();
        directory.Load();
        _configure = _ => throw new IOException("the secret store is away");

        Assert.That(Names(directory.Reload()), Is.EqualTo("a"));
        Assert.That(_logger.Last(ReloadRefusedEvent), Does.Contain("the secret store is away"));
    }

    [Test]
    public async Task Good_reload_after_a_bad_one_is_taken()
    {
        using var directory = Create();
        directory.Load();
        _configured.Clear();
        directory.Reload();
        _configured.AddRange(["c", "d"]);

        Assert.That(Names(directory.Reload()), Is.EqualTo("c d"));
    }

    [Test]
    public void Change_of_another_instance_is_not_ours()
    {
        using var other = new Change("orders");
        using var own = new Change("");
        using var directory = new NodeDirectory("", Factory(), [other, own], [], new(), _logger, _clock);
        var calls = 0;
        directory.OnConfigurationChanged(() => calls++);

        other.Fire();
        Assert.That(calls, Is.Zero);
        own.Fire();
        own.Fire();
        Assert.That(calls, Is.EqualTo(2));
    }

    [Test]
    public void Nobody_is_called_back_after_the_end()
    {
        using var change = new Change("");
        var directory = new NodeDirectory("", Factory(), [change], [], new(), _logger, _clock);
        var calls = 0;
        directory.OnConfigurationChanged(() => calls++);
        directory.Dispose();

        change.Fire();

        Assert.That(calls, Is.Zero);
    }

    [Test]
    public async Task Nodes_of_a_source_are_added_to_the_configured_ones()
    {
        using var directory = Create(new Source("b", "c"));
        directory.Load();

        Assert.That(Names(await directory.RefreshAsync(default)), Is.EqualTo("a b c"));
        Assert.That(_logger.Entries, Is.Empty);
    }

    private static IEnumerable<TestCaseData> BadAnswers()
    {
        yield return new TestCaseData((Func<Task<IReadOnlyList<NodeOptions>>>)(() => Task.FromResult<IReadOnlyList<NodeOptions>>([])), "its answer is empty")
            .SetArgDisplayNames("empty");
        yield return new TestCaseData((Func<Task<IReadOnlyList<NodeOptions>>>)(() => Task.FromResult<IReadOnlyList<NodeOptions>>(null!)), "its answer is empty")
            .SetArgDisplayNames("null");
        yield return new TestCaseData((Func<Task<IReadOnlyList<NodeOptions>>>)(() => throw new InvalidDataException("no registry")), "InvalidDataException: no registry")
            .SetArgDisplayNames("throwing at once");
        yield return new TestCaseData((Func<Task<IReadOnlyList<NodeOptions>>>)(() => Task.FromException<IReadOnlyList<NodeOptions>>(new InvalidDataException("no registry"))), "no registry")
            .SetArgDisplayNames("throwing later");
        yield return new TestCaseData((Func<Task<IReadOnlyList<NodeOptions>>>)(() => Task.FromCanceled<IReadOnlyList<NodeOptions>>(new(true))), "TaskCanceledException")
            .SetArgDisplayNames("cancelled by itself");
        yield return new TestCaseData((Func<Task<IReadOnlyList<NodeOptions>>>)(() => Answer("B")), "Nodes:0:Name is 'B', and another node has that name already")
            .SetArgDisplayNames("with a name that is configured");
        yield return new TestCaseData((Func<Task<IReadOnlyList<NodeOptions>>>)(() => Answer("c", "")), "Nodes:1:Name is ''").SetArgDisplayNames("with a nameless node");
        yield return new TestCaseData((Func<Task<IReadOnlyList<NodeOptions>>>)(() => Task.FromResult<IReadOnlyList<NodeOptions>>([null!])), "Nodes:0 is null")
            .SetArgDisplayNames("with null for a node");
        yield return new TestCaseData((Func<Task<IReadOnlyList<NodeOptions>>>)(
            () => Task.FromResult<IReadOnlyList<NodeOptions>>([new() { Name = "c", ConnectionString = "Host=c;Passwort=hunter2" }])), "cannot be read").SetArgDisplayNames("with a bad connection string");
    }

    [TestCaseSource(nameof(BadAnswers))]
    public async Task Bad_answer_of_a_source_leaves_its_last_good_one_and_is_said_once(Func<Task<IReadOnlyList<NodeOptions>>> bad, string problem)
    {
        _configured.Add("b");
        var source = new Source("x", "y");
        using var directory = Create(source);
        directory.Load();
        var before = await directory.RefreshAsync(default);
        source.Reply = _ => bad();

        var after = await directory.RefreshAsync(default);
        await directory.RefreshAsync(default);

        Assert.That(after.Nodes, Is.EqualTo(before.Nodes));
        Assert.That(_logger.Count(SourceRefusedEvent), Is.EqualTo(1));
        Assert.That(_logger.Last(SourceRefusedEvent), Does.Contain(problem).And.Contain("its last good 2 nodes are kept"));
        Assert.That(_logger.Text, Does.Not.Contain("hunter2"));
    }

    [Test]
    public async Task Source_that_recovers_is_said_once_and_its_answer_taken()
    {
        var source = new Source { Reply = _ => throw new InvalidDataException("no registry") };
        using var directory = Create(source);
        directory.Load();
        await directory.RefreshAsync(default);
        source.Reply = _ => Answer("z");

        Assert.That(Names(await directory.RefreshAsync(default)), Is.EqualTo("a z"));
        await directory.RefreshAsync(default);
        Assert.That(_logger.Count(SourceRecoveredEvent), Is.EqualTo(1));
    }

    [Test]
    public async Task Source_that_hangs_is_left_after_ten_seconds()
    {
        var source = new Source("x");
        using var directory = Create(source);
        directory.Load();
        await directory.RefreshAsync(default);
        source.Reply = _ => new TaskCompletionSource<IReadOnlyList<NodeOptions>>().Task;

        var refresh = directory.RefreshAsync(default);
        await Eventually.HoldsAsync(() => _clock.Waiting.Count > 0);
        _clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.That(refresh.IsCompleted, Is.False);
        _clock.Advance(TimeSpan.FromSeconds(0.1));

        Assert.That(Names(await refresh), Is.EqualTo("a x"));
        Assert.That(_logger.Last(SourceRefusedEvent), Does.Contain("it did not answer within 10 s"));
    }

    [Test]
    public async Task One_bad_source_does_not_hold_up_another()
    {
        using var directory = Create(new Source { Reply = _ => throw new InvalidDataException() }, new Source("c"));
        directory.Load();

        Assert.That(Names(await directory.RefreshAsync(default)), Is.EqualTo("a c"));
    }

    [Test]
    public async Task Two_sources_may_not_give_one_name()
    {
        using var directory = Create(new Source("c"), new Source("c", "d"));
        directory.Load();

        Assert.That(Names(await directory.RefreshAsync(default)), Is.EqualTo("a c"));
        Assert.That(_logger.Last(SourceRefusedEvent), Does.Contain("another node has that name already"));
    }

    [Test]
    public async Task Answer_is_copied_so_that_a_source_may_reuse_its_list()
    {
        var list = new List<NodeOptions> { PaperCluster.Options("x") };
        var source = new Source { Reply = _ => Task.FromResult<IReadOnlyList<NodeOptions>>(list) };
        using var directory = Create(source);
        directory.Load();
        await directory.RefreshAsync(default);

        list.Clear();

        Assert.That(Names(await directory.RefreshAsync(default)), Is.EqualTo("a x"), "an empty answer leaves the last good one in force");
    }

    [Test]
    public async Task Rotated_addresses_are_no_move()
    {
        Resolve("a", "10.0.0.1", "10.0.0.2");
        using var directory = Create();
        directory.Load();
        var before = await directory.RefreshAsync(default);
        Resolve("a", "10.0.0.2", "10.0.0.3");
        var after = await directory.RefreshAsync(default);
        Resolve("a", "10.0.0.3");

        Assert.That(after.Nodes[0], Is.SameAs(before.Nodes[0]));
        Assert.That((await directory.RefreshAsync(default)).Nodes[0], Is.SameAs(before.Nodes[0]));
    }

    [Test]
    public async Task Entirely_other_addresses_are_a_move()
    {
        Resolve("a", "10.0.0.1", "10.0.0.2");
        using var directory = Create();
        directory.Load();
        var before = await directory.RefreshAsync(default);
        Resolve("a", "10.0.0.3");
        var after = await directory.RefreshAsync(default);

        Assert.That(after.Nodes[0], Is.Not.SameAs(before.Nodes[0]));
        Assert.That((await directory.RefreshAsync(default)).Nodes[0], Is.SameAs(after.Nodes[0]), "and only one");
    }

    private static IEnumerable<TestCaseData> NoAnswers()
    {
        yield return new TestCaseData((Func<IPAddress[]>)(() => [])).SetArgDisplayNames("empty");
        yield return new TestCaseData((Func<IPAddress[]>)(() => throw new SocketException((int)SocketError.HostNotFound))).SetArgDisplayNames("not found");
        yield return new TestCaseData((Func<IPAddress[]>)(() => throw new OverflowException("too long"))).SetArgDisplayNames("refused");
        yield return new TestCaseData((Func<IPAddress[]>)(() => throw new InvalidOperationException("resolver is down"))).SetArgDisplayNames("any other failure");
    }

    [TestCaseSource(nameof(NoAnswers))]
    public async Task Name_without_an_answer_keeps_what_it_meant_and_is_said_once(Func<IPAddress[]> none)
    {
        Resolve("a", "10.0.0.1");
        using var directory = Create();
        directory.Load();
        var before = await directory.RefreshAsync(default);
        _names["a"] = none;
        var during = await directory.RefreshAsync(default);
        await directory.RefreshAsync(default);
        Resolve("a", "10.0.0.1");
        var after = await directory.RefreshAsync(default);

        Assert.That(during.Nodes[0], Is.SameAs(before.Nodes[0]));
        Assert.That(after.Nodes[0], Is.SameAs(before.Nodes[0]));
        Assert.That(_logger.Count(HostUnresolvedEvent), Is.EqualTo(1));
        Assert.That(_logger.Count(HostResolvedEvent), Is.EqualTo(1));
    }

    [TestCase("127.0.0.1")]
    [TestCase("::1")]
    [TestCase("/var/run/postgresql")]
    public async Task Address_is_not_resolved(string host)
    {
        _configure = options => options.Nodes[0].ConnectionString = $"Host={host}";
        using var directory = Create();
        directory.Load();

        await directory.RefreshAsync(default);

        Assert.That(_logger.Entries, Is.Empty, "the resolver of this test knows no name and would be heard");
    }

    [Test]
    public async Task Name_that_hangs_is_left_after_a_while()
    {
        var asked = new TaskCompletionSource<IPAddress[]>();
        using var directory = Create(new HostResolver((_, _) => asked.Task, _clock));
        directory.Load();

        var refresh = directory.RefreshAsync(default);
        await Eventually.HoldsAsync(() => _clock.Waiting.Count > 0);
        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.That(Names(await refresh), Is.EqualTo("a"));
        Assert.That(_logger.Count(HostUnresolvedEvent), Is.EqualTo(1));
    }

    private static string Names(ClusterSettings settings) => string.Join(' ', settings.Nodes.Select(node => node.Name));

    private static Task<IReadOnlyList<NodeOptions>> Answer(params string[] names) =>
        Task.FromResult<IReadOnlyList<NodeOptions>>([.. names.Select(PaperCluster.Options)]);

    private void Resolve(string name, params string[] addresses) => _names[name] = () => [.. addresses.Select(IPAddress.Parse)];

    private NodeDirectory Create(params Source[] sources) => Create(new(ResolveAsync, _clock), sources);

    private NodeDirectory Create(HostResolver resolver, params Source[] sources) => new("", Factory(), [], sources, resolver, _logger, _clock);

    private Task<IPAddress[]> ResolveAsync(string name, CancellationToken cancellationToken) => Task.FromResult(
        _names.TryGetValue(name, out var answer) ? answer() : name.Length == 1 ? [IPAddress.Loopback] : []);

    private OptionsFactory<PgScaleOptions> Factory() => new(
        [
            new ConfigureNamedOptions<PgScaleOptions>("", options =>
            {
                foreach (var name in _configured)
                {
                    options.Nodes.Add(PaperCluster.Options(name));
                }

                _configure(options);
            }),
        ],
        [],
        [new PgScaleOptionsValidator()]);

    private sealed class Source(params string[] names) : INodeSource
    {
        internal Func<CancellationToken, Task<IReadOnlyList<NodeOptions>>> Reply { get; set; } = _ => Answer(names);

        public Task<IReadOnlyList<NodeOptions>> GetNodesAsync(CancellationToken cancellationToken) => Reply(cancellationToken);
    }

    private sealed class Change(string name) : IOptionsChangeTokenSource<PgScaleOptions>, IDisposable
    {
        private CancellationTokenSource _source = new();

        public string Name => name;

        public IChangeToken GetChangeToken() => new CancellationChangeToken(_source.Token);

        public void Dispose() => _source.Dispose();

        internal void Fire()
        {
            var fired = Interlocked.Exchange(ref _source, new());
            fired.Cancel();
            fired.Dispose();
        }
    }
}
