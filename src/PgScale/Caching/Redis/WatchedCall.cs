namespace PgScale.Caching.Redis;

/// <summary>A command with what becomes of its answer.</summary>
internal sealed class WatchedCall<TAnswer, T> : RedisCall
{
    private readonly RedisCalls _calls;
    private readonly Task<TAnswer> _answer;
    private readonly Func<TAnswer, T> _read;
    private readonly TaskCompletionSource<Reply<T>> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal WatchedCall(RedisCalls calls, Task<TAnswer> answer, Func<TAnswer, T> read, long sentAt)
        : base(sentAt) => (_calls, _answer, _read) = (calls, answer, read);

    internal Task<Reply<T>> Outcome => _outcome.Task;

    internal void Start() => _answer.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(Complete);

    internal override void Abandon() => _outcome.TrySetResult(default);

    private void Complete()
    {
        _calls.Remove(this);
        if (_answer.IsCompletedSuccessfully)
        {
#pragma warning disable VSTHRD002 // it has completed
            _outcome.TrySetResult(Reply<T>.Of(_read(_answer.Result)));
#pragma warning restore VSTHRD002
        }
        else
        {
            _calls.Failed(_answer.Exception?.InnerException);
            _outcome.TrySetResult(default);
        }
    }
}
