using StackExchange.Redis;

namespace PgScale.Caching.Redis;

/// <summary>What a failure of one command says of Redis as a whole. Messages carry no connection string.</summary>
internal static class RedisFailure
{
    private static readonly string[] States =
        ["OOM ", "READONLY", "LOADING", "MISCONF", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS", "NOAUTH", "WRONGPASS", "NOPERM", "BUSY "];

    internal static bool IsForgottenScript(Exception? failure) =>
        failure is RedisServerException && failure.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal);

    /// <summary>Null when the failure concerns one command only.</summary>
    internal static string? ReasonToOpen(Exception? failure) => failure switch
    {
        RedisServerException refused => Array.Find(States, state => refused.Message.Contains(state, StringComparison.Ordinal)) is { } state
            ? $"it answers {state.Trim()}"
            : null,
        RedisConnectionException => "the connection failed",
        TimeoutException => "the client gave up waiting",
        ObjectDisposedException => "the connection was given up",
        _ => null,
    };
}
