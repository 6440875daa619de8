using System.Net.Sockets;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Testing;

public sealed class RedisServerTests
{
    private RedisServer _redis = null!;

    [OneTimeSetUp]
    public async Task StartRedis()
    {
        await Needs.ServersAsync(TestServerKinds.Redis);
        _redis = await RedisServer.StartAsync();
    }

    [OneTimeTearDown]
    public async Task EndRedis()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }

    [Test]
    public async Task It_keeps_what_it_is_given_until_it_is_flushed()
    {
        await _redis.ExecuteAsync(["SET", "greeting", "grüß dich"]);
        Assert.That(await _redis.ExecuteAsync(["GET", "greeting"]), Is.EqualTo("grüß dich"));

        await _redis.FlushAsync();

        Assert.That(await _redis.ExecuteAsync(["GET", "greeting"]), Is.Null);
    }

    [Test]
    public async Task It_wants_a_password()
    {
        using TcpClient client = new();
        await client.ConnectAsync(_redis.Host, _redis.Port);
        await client.GetStream().WriteAsync("PING\r\n"u8.ToArray());
        using StreamReader reader = new(client.GetStream());

        Assert.That(await reader.ReadLineAsync(), Does.StartWith("-NOAUTH"));
        Assert.That(_redis.ConnectionString, Does.Match(@"^127\.0\.0\.1:\d+,password=[0-9a-f]{24}$"));
    }

    [Test]
    public async Task It_can_be_killed_and_started_on_its_port()
    {
        var port = _redis.Port;
        await _redis.KillAsync();
        Assert.That(async () => await _redis.ExecuteAsync(["PING"]), Throws.InstanceOf<SocketException>());

        await _redis.StartAsync();

        Assert.That(await _redis.ExecuteAsync(["PING"]), Is.EqualTo("PONG"));
        Assert.That(_redis.Port, Is.EqualTo(port));
    }

    [Test]
    public async Task It_can_be_stopped_and_started()
    {
        await _redis.StopAsync();
        Assert.That(_redis.IsRunning, Is.False);

        await _redis.StartAsync();

        Assert.That(await _redis.ExecuteAsync(["PING"]), Is.EqualTo("PONG"));
    }

    [Test]
    public async Task Frozen_it_answers_nobody_until_it_is_thawed()
    {
        await _redis.FreezeAsync();
        Task<string?> answer = _redis.ExecuteAsync(["PING"]);
        Assert.That(async () => await answer.WaitAsync(TimeSpan.FromMilliseconds(200)), Throws.InstanceOf<TimeoutException>());

        await _redis.ThawAsync();

        Assert.That(await answer.WaitAsync(TimeSpan.FromSeconds(10)), Is.EqualTo("PONG"));
    }

    [Test]
    public async Task Out_of_memory_it_refuses_writes()
    {
        await _redis.SetConfigAsync("maxmemory", "1");
        Assert.That(async () => await _redis.ExecuteAsync(["SET", "a", "b"]), Throws.InvalidOperationException.With.Message.Contains("OOM"));

        await _redis.SetConfigAsync("maxmemory", "0");

        Assert.That(await _redis.ExecuteAsync(["SET", "a", "b"]), Is.EqualTo("OK"));
    }

    [Test]
    public async Task A_replica_is_read_only_until_it_is_a_primary_again()
    {
        await using RedisServer replica = await RedisServer.StartAsync();
        await replica.ReplicaOfAsync(_redis);
        await _redis.ExecuteAsync(["SET", "from", "primary"]);

        await Eventually.IsTrueAsync(async () => await CopyAsync(replica) is "primary", "the key arrives");
        Assert.That(async () => await replica.ExecuteAsync(["SET", "a", "b"]), Throws.InvalidOperationException.With.Message.Contains("READONLY"));

        await replica.ReplicaOfAsync(null);

        Assert.That(await replica.ExecuteAsync(["SET", "a", "b"]), Is.EqualTo("OK"));
    }

    [Test]
    public async Task A_persistent_one_keeps_its_keys_over_a_stop()
    {
        await using RedisServer persistent = await RedisServer.StartAsync(new RedisServerOptions { Persistent = true, MaxMemory = 50_000_000 });
        await persistent.ExecuteAsync(["SET", "kept", "yes"]);

        await persistent.StopAsync();
        await persistent.StartAsync();

        Assert.That(await persistent.ExecuteAsync(["GET", "kept"]), Is.EqualTo("yes"));
    }

    [Test]
    public async Task A_proxy_in_front_of_it_can_refuse()
    {
        await using FaultProxy proxy = await _redis.AddFaultProxyAsync();
        Assert.That(proxy.ConnectionString, Does.StartWith($"127.0.0.1:{proxy.Port},password="));
        proxy.Refuse();
        using TcpClient client = new();

        Assert.That(async () => await client.ConnectAsync(proxy.Host, proxy.Port), Throws.InstanceOf<SocketException>());
    }

    [Test]
    public void A_setting_that_Redis_refuses_is_told_in_its_words() =>
        Assert.That(
            async () => await RedisServer.StartAsync(new RedisServerOptions { Settings = { ["appendfsync"] = "sometimes" } }),
            Throws.InstanceOf<TestServerStartException>().With.Message.Contains("appendfsync"));

    /// <summary>While its first copy is under way a replica may refuse to answer.</summary>
    private static async Task<string?> CopyAsync(RedisServer replica)
    {
        try
        {
            return await replica.ExecuteAsync(["GET", "from"]);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
