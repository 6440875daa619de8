using System.Globalization;
using System.Net.Sockets;
using PgScale.Testing;
using PgScale.Testing.Processes;

namespace PgScale.IntegrationTests.Testing;

public sealed class LeavesNothingBehindTests
{
    [OneTimeSetUp]
    public Task RequireServers() => Needs.ServersAsync(TestServerKinds.Postgres | TestServerKinds.PgBouncer | TestServerKinds.Redis);

    [Test]
    public async Task No_process_port_folder_or_shared_memory_survives_a_killed_test_run()
    {
        using ChildProcess child = ChildProcess.Start("start-servers");
        (var processes, var ports, var memory) = await ReadServersAsync(child);
        var folders = FoldersOf(processes[0]);
        Assert.That(processes, Has.Length.GreaterThan(10));
        Assert.That(processes[..4], Has.All.Matches<int>(ProcessTree.IsAlive), "one of each kind, the primary first");
        Assert.That(folders, Is.Not.Empty);
        Assert.That(memory, Is.Not.Empty.And.SubsetOf(SharedMemory()));

        await child.KillAsync();

        await Eventually.IsTrueAsync(() => !processes.Any(ProcessTree.IsAlive), "all processes are gone");
        await Eventually.IsTrueAsync(() => !folders.Any(Directory.Exists), "all folders are gone");
        Assert.That(ports, Has.None.Matches<int>(IsOpen));
        Assert.That(SharedMemory().Intersect(memory), Is.Empty);
    }

    [Test]
    public async Task No_process_or_folder_survives_a_run_that_ends_without_disposing()
    {
        using ChildProcess child = ChildProcess.Start("start-servers");
        (var processes, _, _) = await ReadServersAsync(child);
        var folders = FoldersOf(processes[0]);

        await child.FinishAsync();

        await Eventually.IsTrueAsync(() => !processes.Any(ProcessTree.IsAlive), "all processes are gone");
        await Eventually.IsTrueAsync(() => !folders.Any(Directory.Exists), "all folders are gone");
    }

    [Test]
    public async Task A_disposed_cluster_leaves_no_process_and_no_folder()
    {
        PostgresCluster cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions { Replicas = 1 });
        await cluster["replica1"].FreezeAsync();
        int[] roots = [.. cluster.Servers.Select(server => server.ProcessId)];
        int[] processes = [.. roots, .. roots.SelectMany(ProcessTree.ChildrenOf)];
        var folder = Path.GetDirectoryName(cluster.Primary.DataDirectory)!;

        await cluster.DisposeAsync();

        Assert.That(processes, Has.None.Matches<int>(ProcessTree.IsAlive));
        Assert.That(folder, Does.Not.Exist);
    }

    [Test]
    public async Task A_killed_server_leaves_no_shared_memory_when_its_cluster_is_disposed()
    {
        PostgresCluster cluster = await PostgresCluster.StartAsync(new PostgresClusterOptions { Replicas = 0 });
        var memory = PgScale.Testing.Postgres.PostmasterFile.Read(cluster.Primary.DataDirectory)!.SharedMemoryId!.Value;
        await cluster.Primary.KillAsync();
        Assert.That(SharedMemory(), Does.Contain(memory));

        await cluster.DisposeAsync();

        Assert.That(SharedMemory(), Does.Not.Contain(memory));
    }

    [Test]
    public async Task A_reaper_that_was_killed_is_replaced()
    {
        await using RedisServer before = await RedisServer.StartAsync();
        var first = Reaper.Current.ProcessId!.Value;
        Posix.Signal(first, Signal.Kill);
        await Eventually.IsTrueAsync(() => !ProcessTree.IsAlive(first), "the reaper is dead");

        await using RedisServer after = await RedisServer.StartAsync();

        Assert.That(Reaper.Current.ProcessId, Is.Not.EqualTo(first));
        Assert.That(Reaper.Current.ProcessId!.Value, Is.Not.Zero.And.Matches<int>(ProcessTree.IsAlive));
    }

    [Test]
    public void A_start_that_is_cancelled_leaves_no_folder()
    {
        var parent = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())).FullName;
        using CancellationTokenSource soon = new(TimeSpan.FromMilliseconds(150), TimeProvider.System);
        PostgresClusterOptions options = new() { Directory = parent };

        Assert.That(async () => await PostgresCluster.StartAsync(options, soon.Token), Throws.InstanceOf<OperationCanceledException>());

        Assert.That(Directory.GetFileSystemEntries(parent), Is.Empty);
        Directory.Delete(parent);
    }

    private static async Task<(int[] Processes, int[] Ports, int[] Memory)> ReadServersAsync(ChildProcess child) =>
        (Numbers(await child.ReadLineAsync()), Numbers(await child.ReadLineAsync()), Numbers(await child.ReadLineAsync()));

    private static int[] Numbers(string line) => [.. line.Split(' ').Select(word => int.Parse(word, CultureInfo.InvariantCulture))];

    private static string[] FoldersOf(int postmaster)
    {
        var data = new FileInfo($"/proc/{postmaster}/cwd").ResolveLinkTarget(returnFinalTarget: false)!.FullName;
        DirectoryInfo cluster = new DirectoryInfo(data).Parent!;
        var owner = cluster.Name.Split('-')[1];
        return Directory.GetDirectories(cluster.Parent!.FullName, $"pgscale-{owner}-*");
    }

    private static int[] SharedMemory() =>
        [.. File.ReadLines("/proc/sysvipc/shm").Skip(1).Select(line => Numbers(line.Trim().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1])[0])];

    private static bool IsOpen(int port)
    {
        try
        {
            using TcpClient client = new("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
