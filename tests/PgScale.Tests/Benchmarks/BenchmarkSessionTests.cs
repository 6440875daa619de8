using PgScale.Benchmarks.Harness;

namespace PgScale.Tests.Benchmarks;

public sealed class BenchmarkSessionTests
{
    [TestCase(true, true, 0)]
    [TestCase(false, true, 1)]
    [TestCase(false, false, 0)]
    public async Task Missed_goal_fails_only_a_strict_run(bool met, bool strict, int exitCode)
    {
        var session = Session(strict, new Room("cluster", run => Rows(run, met ? 1 : 3)));

        Assert.That(await session.RunAsync(CancellationToken.None), Is.EqualTo(exitCode));
    }

    [Test]
    public async Task Room_without_benchmarks_says_so_and_is_no_failure()
    {
        var session = Session(strict: true, new Room("ddl"));

        Assert.That(await session.RunAsync(CancellationToken.None), Is.Zero);
        Assert.That(session.Log.ToString(), Is.EqualTo($"ddl: no benchmarks yet{Environment.NewLine}"));
    }

    [Test]
    public async Task Benchmark_that_throws_fails_the_run_and_keeps_the_rows_before_it()
    {
        var file = new FileInfo(Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.json"));
        var session = Session(strict: false, new Room("cluster", run => Rows(run, 1, new TimeoutException())), file);

        Assert.That(await session.RunAsync(CancellationToken.None), Is.EqualTo(1));
        Assert.That(session.Log.ToString(), Does.Contain("cluster: failed"));
        Assert.That(await File.ReadAllTextAsync(file.FullName), Does.Contain("\"probe\""));
        file.Delete();
    }

    private static BenchmarkSession Session(bool strict, Room room, FileInfo? json = null) => new()
    {
        Rooms = [room],
        Command = "./build.sh bench",
        Strict = strict,
        JsonFile = json,
        Log = new StringWriter(),
        Results = new StringWriter(),
    };

    private static async IAsyncEnumerable<BenchmarkRow> Rows(BenchmarkRun run, double value, Exception? failure = null)
    {
        await Task.CompletedTask;
        yield return new BenchmarkRow { Room = run.Room, Measure = "probe", Unit = "ms", Value = value, Goal = Goal.AtMost(2) };
        if (failure is not null)
        {
            throw failure;
        }
    }
}
