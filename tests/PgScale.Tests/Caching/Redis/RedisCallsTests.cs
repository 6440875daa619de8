using PgScale.Caching;
using PgScale.Caching.Redis;

namespace PgScale.Tests.Caching.Redis;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RedisCallsTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(100);

    private readonly ManualTimeProvider _time = new();
    private readonly List<Exception?> _failures = [];
    private int _late;

    [Test]
    public async Task Answer_is_handed_on()
    {
        using var calls = Calls();
        var answer = new TaskCompletionSource<int>();
        var reply = Watch(calls, answer.Task);
        answer.SetResult(7);
        Assert.That(await reply, Is.EqualTo(Reply<int>.Of(7)));
    }

    [Test]
    public async Task Failure_is_an_answer_that_is_not_there()
    {
        using var calls = Calls();
        var answer = new TaskCompletionSource<int>();
        var reply = Watch(calls, answer.Task);
        var failure = new TimeoutException();
        answer.SetException(failure);
        Assert.That((await reply).IsAvailable, Is.False);
        Assert.That(_failures, Is.EqualTo(new[] { failure }));
    }

    [Test]
    public async Task Oldest_call_that_is_late_frees_everybody()
    {
        using var calls = Calls();
        var first = Watch(calls, new TaskCompletionSource<int>().Task);
        _time.Advance(Timeout / 2);
        var second = Watch(calls, new TaskCompletionSource<int>().Task);
        _time.Advance(Timeout / 2);
        Assert.That(_late, Is.EqualTo(1));
        Assert.That((await first).IsAvailable, Is.False);
        Assert.That((await second).IsAvailable, Is.False);
    }

    [Test]
    public async Task Calls_that_are_answered_in_time_never_count_as_late()
    {
        using var calls = Calls();
        for (var turn = 0; turn < 20; turn++)
        {
            var answer = new TaskCompletionSource<int>();
            var reply = Watch(calls, answer.Task);
            _time.Advance(Timeout * 0.7);
            answer.SetResult(turn);
            Assert.That((await reply).Value, Is.EqualTo(turn));
        }

        Assert.That(_late, Is.Zero);
    }

    [Test]
    public async Task Redis_that_answers_others_has_more_time()
    {
        using var calls = Calls();
        var slow = Watch(calls, new TaskCompletionSource<int>().Task);
        for (var turn = 0; turn < 11; turn++)
        {
            var answer = new TaskCompletionSource<int>();
            var heard = Watch(calls, answer.Task);
            answer.SetResult(turn);
            await heard;
            _time.Advance(Timeout / 4);
            Assert.That(_late, Is.Zero, $"turn {turn}");
        }

        _time.Advance(Timeout / 4);
        Assert.That(_late, Is.EqualTo(1), "but not for ever");
        Assert.That((await slow).IsAvailable, Is.False);
    }

    [Test]
    public void Time_in_which_this_process_was_held_up_does_not_count()
    {
        using var calls = Calls();
        _ = Watch(calls, new TaskCompletionSource<int>().Task);
        _time.Jump(Timeout * 1.5);
        Assert.That(_late, Is.Zero, "the answer may lie there unread");
        _time.Advance(Timeout / 4);
        _time.Advance(Timeout / 4);
        _time.Advance(Timeout / 4);
        _time.Advance(Timeout / 4);
        Assert.That(_late, Is.EqualTo(1));
    }

    [Test]
    public async Task Answer_that_comes_after_everybody_was_freed_does_no_harm()
    {
        using var calls = Calls();
        var answer = new TaskCompletionSource<int>();
        var reply = Watch(calls, answer.Task);
        _time.Advance(Timeout);
        answer.SetResult(7);
        Assert.That((await reply).IsAvailable, Is.False);
        var next = Watch(calls, new TaskCompletionSource<int>().Task);
        _time.Advance(Timeout);
        Assert.That((await next).IsAvailable, Is.False, "the next one has a deadline of its own");
    }

    private static Task<Reply<int>> Watch(RedisCalls calls, Task<int> answer) => calls.WatchAsync(answer, static value => value);

    private RedisCalls Calls()
    {
        RedisCalls? calls = null;
        return calls = new(new CacheClock(_time), Timeout, _failures.Add, () =>
        {
            _late++;
            calls!.AbandonAll();
        });
    }
}
