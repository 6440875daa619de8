namespace PgScale.Testing.Processes;

/// <summary>Waits for conditions that nobody announces.</summary>
internal static class Poll
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    public static Task UntilAsync(Func<bool> condition, TimeSpan timeout, Func<string> failure, CancellationToken cancellationToken) =>
        UntilAsync(_ => ValueTask.FromResult(condition()), timeout, failure, cancellationToken);

    /// <summary>Returns once the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not hold in time; the message is what <paramref name="failure"/> says.</exception>
    public static async Task UntilAsync(
        Func<CancellationToken, ValueTask<bool>> condition, TimeSpan timeout, Func<string> failure, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition(cancellationToken).ConfigureAwait(false))
        {
            if (TimeProvider.System.GetElapsedTime(start) > timeout)
            {
                throw new TimeoutException(failure());
            }

            await Task.Delay(Interval, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }
}
