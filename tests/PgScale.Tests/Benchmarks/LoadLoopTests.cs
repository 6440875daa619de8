using PgScale.Benchmarks.Harness;
using PgScale.Benchmarks.Load;

namespace PgScale.Tests.Benchmarks;

public sealed class LoadLoopTests
{
    private static readonly TimeSpan Stall = TimeSpan.FromMilliseconds(150);

    private static readonly Round Round = new(1, TimeSpan.FromMilliseconds(300), CancellationToken.None);

    [Test]
    public async Task Paced_load_shows_the_wait_of_all_operations_behind_a_stall()
    {
        var result = await PacedLoop.RunAsync(clients: 1, perSecond: 1_000, Round, StallOnce());

        // 150 of 300 operations were due during the stall, on average in its middle.
        Assert.That(result.Latency.Percentile(70), Is.GreaterThan(TimeSpan.FromMilliseconds(40)));
    }

    [Test]
    public async Task Closed_load_hides_a_stall_in_one_operation()
    {
        var result = await ClosedLoop.RunAsync(clients: 1, Round, StallOnce());

        Assert.That(result.Latency.Max, Is.GreaterThan(Stall / 2));
        Assert.That(result.Latency.Percentile(90), Is.LessThan(Stall / 2));
    }

    [Test]
    public async Task Paced_load_runs_every_operation_that_is_due()
    {
        var result = await PacedLoop.RunAsync(clients: 4, perSecond: 2_000, Round, (_, _) => ValueTask.CompletedTask);

        Assert.That(result.Operations + result.Unserved, Is.EqualTo(600));
        Assert.That(result.Elapsed, Is.GreaterThan(Round.Duration * 0.95));
    }

    [Test]
    public async Task Paced_load_gives_up_on_a_system_that_never_catches_up_and_counts_what_waited()
    {
        var round = Round with { Duration = TimeSpan.FromMilliseconds(60) };

        var result = await PacedLoop.RunAsync(clients: 1, perSecond: 10_000, round, static (_, token) => Delay(TimeSpan.FromMilliseconds(20), token));

        Assert.That(result.Unserved, Is.GreaterThan(0));
        Assert.That(result.Operations + result.Unserved, Is.EqualTo(600));
        Assert.That(result.Latency.Count, Is.EqualTo(600));
    }

    [Test]
    public async Task Closed_load_keeps_every_client_busy()
    {
        var operations = new long[3];

        var result = await ClosedLoop.RunAsync(clients: 3, Round, async (client, _) =>
        {
            operations[client]++;
            await Task.Yield();
        });

        Assert.That(operations, Is.All.GreaterThan(0));
        Assert.That(result.Operations, Is.EqualTo(operations.Sum()));
        Assert.That(result.Latency.Count, Is.EqualTo(result.Operations));
    }

    [Test]
    public void Operation_that_throws_ends_the_benchmark() =>
        Assert.That(
            () => ClosedLoop.RunAsync(clients: 2, Round, FailSometimes),
            Throws.InstanceOf<TimeoutException>());

    [Test]
    public void Operation_that_throws_ends_paced_load() =>
        Assert.That(
            () => PacedLoop.RunAsync(clients: 2, perSecond: 1_000, Round, FailSometimes),
            Throws.InstanceOf<TimeoutException>());

    [Test]
    public async Task Counted_failures_are_no_operations()
    {
        var calls = 0;

        var result = await PacedLoop.RunAsync(
            clients: 1,
            perSecond: 1_000,
            Round,
            (_, _) => ++calls % 3 == 0 ? throw new TimeoutException() : ValueTask.CompletedTask,
            countFailures: true);

        Assert.That(result.Failures, Is.EqualTo(calls / 3));
        Assert.That(result.Operations + result.Unserved, Is.EqualTo(calls - result.Failures + result.Unserved));
        Assert.That(result.FirstFailure, Is.InstanceOf<TimeoutException>());
    }

    [Test]
    public void Cancelled_load_ends([Values] bool paced)
    {
        using var cancel = new CancellationTokenSource();
        var round = new Round(1, TimeSpan.FromHours(1), cancel.Token);
        Operation operation = (_, _) => new ValueTask(cancel.CancelAsync());

        Assert.That(
            () => paced ? PacedLoop.RunAsync(1, 100, round, operation) : ClosedLoop.RunAsync(1, round, operation),
            Throws.InstanceOf<OperationCanceledException>());
    }

    private static Operation StallOnce()
    {
        var stalled = false;
        return (_, token) =>
        {
            var first = !stalled;
            stalled = true;
            return first ? Delay(Stall, token) : ValueTask.CompletedTask;
        };
    }

    private static ValueTask FailSometimes(int client, CancellationToken cancellationToken) =>
        client == 1 ? throw new TimeoutException() : Delay(TimeSpan.FromMilliseconds(1), cancellationToken);

    private static ValueTask Delay(TimeSpan time, CancellationToken cancellationToken) =>
        new(Task.Delay(time, TimeProvider.System, cancellationToken));
}
