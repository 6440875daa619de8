using System.Globalization;
using PgScale.Testing.Processes;

namespace PgScale.Testing.Redis;

/// <summary>The file that Redis reads; a file, because a password on a command line can be seen by everyone.</summary>
internal static class RedisConfiguration
{
    public static async Task<string> WriteAsync(
        string folder, int port, string password, RedisServerOptions options, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, "redis.conf");
        await TestFolder.WriteAsync(path, Text(folder, port, password, options), cancellationToken).ConfigureAwait(false);
        return path;
    }

    internal static string Text(string folder, int port, string password, RedisServerOptions options)
    {
        Dictionary<string, string> settings = new(StringComparer.Ordinal)
        {
            ["bind"] = "127.0.0.1",
            ["port"] = port.ToString(CultureInfo.InvariantCulture),
            ["dir"] = folder,
            ["requirepass"] = password,
            ["daemonize"] = "no",
            ["save"] = "",
            ["appendonly"] = options.Persistent ? "yes" : "no",
            ["maxmemory"] = options.MaxMemory.ToString(CultureInfo.InvariantCulture),
            // A replica gets its first copy at once instead of after 5 seconds.
            ["repl-diskless-sync-delay"] = "0",
        };
        foreach ((var name, var value) in options.Settings)
        {
            settings[name] = value;
        }

        return string.Concat(settings.Select(setting => $"{setting.Key} {Quote(setting.Value)}\n"));
    }

    private static string Quote(string value) => value.Length > 0 && !value.Contains(' ', StringComparison.Ordinal)
        ? value
        : $"\"{value}\"";
}
