using System.Diagnostics;
using System.Globalization;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;
using PgScale.Testing.Processes;

namespace PgScale.IntegrationTests.Caching;

/// <summary>Caches in processes of their own, one of them killed or stopped.</summary>
public sealed class ProcessTests
{
    private readonly List<ChildProcess> _children = [];
    private RedisServer _redis = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        await Needs.ServersAsync(TestServerKinds.Redis);
        _redis = await RedisServer.StartAsync();
        for (var child = 0; child < 4; child++)
        {
            _children.Add(ChildProcess.Start("cache", _redis.ConnectionString));
        }

        foreach (var child in _children)
        {
            Assert.That(await child.ReadLineAsync(), Is.EqualTo("ready"));
        }
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _children.ForEach(static child => child.Dispose());
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }

    [Test, Order(1)]
    public async Task Four_processes_load_a_cold_key_once()
    {
        for (var round = 0; round < 20; round++)
        {
            var answers = await Task.WhenAll(_children.Select(child => child.AskAsync($"stampede cold{round} 250 50")));
            Assert.That(answers.Sum(Loads), Is.EqualTo(1), $"round {round}: {string.Join(", ", answers)}");
        }
    }

    [Test, Order(2)]
    public async Task Process_that_was_stopped_serves_nothing_that_was_removed_meanwhile()
    {
        var stopped = _children[1];
        Assert.That(await stopped.AskAsync("get paused old"), Is.EqualTo("old"));
        Posix.Signal(stopped.Id, Signal.Stop);
        var watch = Stopwatch.StartNew();
        Assert.That(await _children[0].AskAsync("remove paused"), Is.EqualTo("Everywhere"));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(3)), "one lease");
        Posix.Signal(stopped.Id, Signal.Continue);
        Assert.That(await stopped.AskAsync("get paused new"), Is.EqualTo("new"));
    }

    [Test, Order(3)]
    public async Task Owner_of_a_lock_that_is_killed_is_replaced_by_one_survivor()
    {
        var owner = _children[3];
        Assert.That(await owner.AskAsync("hold orphan"), Is.EqualTo("holding"));
        await owner.KillAsync();
        var answers = await Task.WhenAll(_children.Take(3).Select(child => child.AskAsync("stampede orphan 10 50")));
        Assert.That(answers.Sum(Loads), Is.EqualTo(1), string.Join(", ", answers));
        Assert.That(answers.Max(LongestWait), Is.LessThan(3_000), "a lock lives 2 s; the rest is for a busy machine");
    }

    private static int Loads(string answer) => int.Parse(answer.Split(' ')[0], CultureInfo.InvariantCulture);

    private static int LongestWait(string answer) => int.Parse(answer.Split(' ')[1], CultureInfo.InvariantCulture);
}
