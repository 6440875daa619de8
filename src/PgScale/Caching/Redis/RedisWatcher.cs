using Microsoft.Extensions.Logging;

namespace PgScale.Caching.Redis;

/// <summary>Says each change of the standing with Redis once.</summary>
internal sealed class RedisWatcher(ILogger logger, string instance)
{
    private string _lastRefusal = "";
    private bool _hasFailed;
    private bool _hasRefused;

    internal void Usable()
    {
        (_lastRefusal, _hasFailed) = ("", false);
        CacheLog.RedisUsable(logger, instance);
    }

    internal void Lost(string reason) => CacheLog.RedisLost(logger, instance, reason);

    internal void ProbeFailed(string reason)
    {
        if (!string.Equals(_lastRefusal, reason, StringComparison.Ordinal))
        {
            _lastRefusal = reason;
            CacheLog.RedisRefused(logger, instance, reason);
        }
    }

    internal void TurnFailed(Exception failure)
    {
        if (!_hasFailed)
        {
            _hasFailed = true;
            CacheLog.TurnFailed(logger, failure, instance);
        }
    }

    internal void DataReplaced() => CacheLog.DataReplaced(logger, instance);

    internal void MessageRefused()
    {
        if (!_hasRefused)
        {
            _hasRefused = true;
            CacheLog.MessageRefused(logger, instance);
        }
    }
}
