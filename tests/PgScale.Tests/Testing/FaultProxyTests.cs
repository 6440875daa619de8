using System.Net;
using System.Net.Sockets;
using PgScale.Testing;

namespace PgScale.Tests.Testing;

/// <summary>What a proxy does to plain bytes, in front of a server that sends back what it gets.</summary>
public sealed class FaultProxyTests
{
    private Socket _echo = null!;
    private FaultProxy _proxy = null!;

    [SetUp]
    public async Task StartProxy()
    {
        _echo = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _echo.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _echo.Listen();
        _ = EchoAsync(_echo);
        _proxy = await FaultProxy.StartAsync("127.0.0.1", ((IPEndPoint)_echo.LocalEndPoint!).Port);
    }

    [TearDown]
    public async Task EndProxy()
    {
        await _proxy.DisposeAsync();
        _echo.Dispose();
    }

    [Test]
    public async Task Bytes_arrive_in_order_and_the_end_of_the_stream_arrives_after_them()
    {
        using Socket client = await ConnectAsync();
        var sent = new byte[3_000_000];
        new Random(7).NextBytes(sent);

        Task<byte[]> received = ReadToEndAsync(client);
        await client.SendAsync(sent);
        client.Shutdown(SocketShutdown.Send);

        Assert.That(await received, Is.EqualTo(sent));
        Assert.That(_proxy.BytesToServer, Is.EqualTo(sent.Length));
        Assert.That(_proxy.BytesToClient, Is.EqualTo(sent.Length));
    }

    [Test]
    public async Task A_cut_delivers_exactly_so_many_bytes_and_then_the_end()
    {
        _proxy.CutAfter(1_000);
        using Socket client = await ConnectAsync();
        await client.SendAsync(new byte[50_000]);

        Assert.That(await ReadToEndAsync(client), Has.Length.EqualTo(1_000));
    }

    [Test]
    public async Task A_second_order_to_cut_counts_from_anew()
    {
        using Socket client = await ConnectAsync();
        _proxy.CutAfter(1_000);
        await client.SendAsync(new byte[600]);
        await ReceiveAsync(client, 600);

        _proxy.CutAfter(1_000);
        await client.SendAsync(new byte[5_000]);

        Assert.That(await ReadToEndAsync(client), Has.Length.EqualTo(1_000));
    }

    [Test]
    public async Task What_a_black_hole_swallowed_is_delivered_when_it_is_healed()
    {
        using Socket client = await ConnectAsync();
        _proxy.BlackHole();
        await client.SendAsync(new byte[100]);
        Task received = ReceiveAsync(client, 100);
        Assert.That(async () => await received.WaitAsync(TimeSpan.FromMilliseconds(100)), Throws.InstanceOf<TimeoutException>());

        _proxy.Heal();

        Assert.That(async () => await received.WaitAsync(TimeSpan.FromSeconds(10)), Throws.Nothing);
    }

    [Test]
    public async Task A_refused_port_opens_again_when_it_is_healed()
    {
        _proxy.Refuse();
        Assert.That(async () => await ConnectAsync(), Throws.InstanceOf<SocketException>().With.Property(nameof(SocketException.SocketErrorCode)).EqualTo(SocketError.ConnectionRefused));

        _proxy.Heal();
        using Socket client = await ConnectAsync();
        await client.SendAsync(new byte[10]);

        Assert.That(async () => await ReceiveAsync(client, 10), Throws.Nothing);
    }

    [Test]
    public async Task A_client_of_a_server_that_is_not_there_is_turned_away()
    {
        _echo.Dispose();
        using Socket client = await ConnectAsync();

        Assert.That(await ReadToEndAsync(client), Is.Empty);
    }

    [Test]
    public void Faults_that_make_no_sense_are_refused()
    {
        Assert.That(() => _proxy.Latency = TimeSpan.FromSeconds(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => _proxy.CutAfter(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => _proxy.Throttle(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public async Task After_its_end_the_port_is_free_and_connections_are_closed()
    {
        using Socket client = await ConnectAsync();
        await client.SendAsync(new byte[10]);
        await ReceiveAsync(client, 10);

        await _proxy.DisposeAsync();

        Assert.That(await ReadToEndAsync(client), Is.Empty);
        Assert.That(async () => await ConnectAsync(), Throws.InstanceOf<SocketException>());
    }

    private static async Task EchoAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                Socket client = await listener.AcceptAsync();
                _ = Task.Run(async () =>
                {
                    await using NetworkStream stream = new(client, ownsSocket: true);
                    await stream.CopyToAsync(stream);
                });
            }
        }
        catch (SocketException)
        {
            // The test is over.
        }
    }

    private static async Task ReceiveAsync(Socket client, int count)
    {
        var buffer = new byte[count];
        for (var received = 0; received < count;)
        {
            var length = await client.ReceiveAsync(buffer.AsMemory(received));
            Assert.That(length, Is.GreaterThan(0), "the connection ended too early");
            received += length;
        }
    }

    private static async Task<byte[]> ReadToEndAsync(Socket client)
    {
        using MemoryStream all = new();
        await using NetworkStream stream = new(client, ownsSocket: false);
        await stream.CopyToAsync(all).WaitAsync(TimeSpan.FromSeconds(20));
        return all.ToArray();
    }

    private async Task<Socket> ConnectAsync()
    {
        Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, _proxy.Port);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }
}
