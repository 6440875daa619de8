namespace PgScale.Caching.Redis;

/// <inheritdoc/>
internal sealed class RedisCall<T> : RedisCall
{
    private readonly RedisCalls _calls;
    private readonly Task<T> _answer;
    private readonly TaskCompletionSource<Reply<T>> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal RedisCall(RedisCalls calls, Task<T> answer, long sentAt)
        : base(sentAt) => (_calls, _answer) = (calls, answer);

    internal Task<Reply<T>> Outcome => _outcome.Task;

    internal void Start() => _answer.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(Complete);

    internal override void Abandon() => _outcome.TrySetResult(default);

    private void Complete()
    {
        _calls.Remove(this);
        if (_answer.IsCompletedSuccessfully)
        {
#pragma warning disable VSTHRD002 // it has completed
            _outcome.TrySetResult(Reply<T>.Of(_answer.Result));
#pragma warning restore VSTHRD002
        }
        else
        {
            _calls.Failed(_answer.Exception?.InnerException);
            _outcome.TrySetResult(default);
        }
    }
}
