using System.Globalization;
using System.Text;

namespace PgScale.Testing.Postgres;

/// <summary>The whole <c>postgresql.conf</c> of one server. ALTER SYSTEM still wins over it.</summary>
internal sealed class ServerSettings
{
    private readonly SortedDictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);

    public ServerSettings(IEnumerable<KeyValuePair<string, string>> own, bool durable)
    {
        foreach ((var name, var value) in Defaults(durable).Concat(own))
        {
            _values[name] = value;
        }
    }

    private ServerSettings(ServerSettings other) => _values = new SortedDictionary<string, string>(other._values, StringComparer.OrdinalIgnoreCase);

    public string? this[string name]
    {
        get => _values.GetValueOrDefault(name);
        set
        {
            if (value is null)
            {
                _values.Remove(name);
            }
            else
            {
                _values[name] = value;
            }
        }
    }

    public int Port { set => this["port"] = value.ToString(CultureInfo.InvariantCulture); }

    public ServerSettings Clone() => new(this);

    public override string ToString()
    {
        StringBuilder text = new();
        foreach ((var name, var value) in _values)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name} = '{value.Replace("'", "''", StringComparison.Ordinal)}'\n");
        }

        return text.ToString();
    }

    private static Dictionary<string, string> Defaults(bool durable) => new(StringComparer.Ordinal)
    {
        ["listen_addresses"] = "127.0.0.1",
        ["unix_socket_directories"] = "",
        ["max_connections"] = "200",
        ["wal_level"] = "replica",
        ["max_wal_senders"] = "20",
        // A stopped replica finds what it missed; unlike a slot this ends by itself when the replica never comes back.
        ["wal_keep_size"] = "512MB",
        // pg_rewind needs it.
        ["wal_log_hints"] = "on",
        ["hot_standby"] = "on",
        ["recovery_target_timeline"] = "latest",
        // A replica that lost its upstream looks again soon (5s in production).
        ["wal_retrieve_retry_interval"] = "200ms",
        ["wal_receiver_status_interval"] = "1s",
        // Its segments lie in the data directory, so nothing is left in /dev/shm after a kill.
        ["dynamic_shared_memory_type"] = "mmap",
        ["fsync"] = durable ? "on" : "off",
        ["full_page_writes"] = durable ? "on" : "off",
        ["timezone"] = "UTC",
        ["log_timezone"] = "UTC",
        ["lc_messages"] = "C",
        ["log_line_prefix"] = "%m [%p] %a ",
    };
}
