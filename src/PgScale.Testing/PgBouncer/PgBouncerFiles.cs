using System.Globalization;
using System.Text;
using Npgsql;
using PgScale.Testing.Processes;

namespace PgScale.Testing.PgBouncer;

/// <summary>The two files that PgBouncer reads.</summary>
internal static class PgBouncerFiles
{
    public static async Task<string> WriteAsync(
        string folder, int port, NpgsqlConnectionStringBuilder server, PgBouncerOptions options, CancellationToken cancellationToken)
    {
        var users = Path.Combine(folder, "userlist.txt");
        var configuration = Path.Combine(folder, "pgbouncer.ini");
        await TestFolder.WriteAsync(users, $"\"{server.Username}\" \"{server.Password}\"\n", cancellationToken).ConfigureAwait(false);
        await TestFolder.WriteAsync(configuration, Configuration(port, users, server, options), cancellationToken).ConfigureAwait(false);
        return configuration;
    }

    internal static string Configuration(int port, string users, NpgsqlConnectionStringBuilder server, PgBouncerOptions options)
    {
        Dictionary<string, string> settings = new(StringComparer.Ordinal)
        {
            ["listen_addr"] = "127.0.0.1",
            ["listen_port"] = port.ToString(CultureInfo.InvariantCulture),
            ["unix_socket_dir"] = "",
            ["auth_type"] = "scram-sha-256",
            ["auth_file"] = users,
            ["admin_users"] = server.Username!,
            ["pool_mode"] = "transaction",
            ["default_pool_size"] = options.PoolSize.ToString(CultureInfo.InvariantCulture),
            ["max_client_conn"] = options.MaxClients.ToString(CultureInfo.InvariantCulture),
            ["ignore_startup_parameters"] = string.Join(",", options.IgnoreStartupParameters),
        };
        foreach ((var name, var value) in options.Settings)
        {
            settings[name] = value;
        }

        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"[databases]\n* = host={server.Host} port={server.Port}\n\n[pgbouncer]\n");
        foreach ((var name, var value) in settings)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name} = {value}\n");
        }

        return text.ToString();
    }
}
