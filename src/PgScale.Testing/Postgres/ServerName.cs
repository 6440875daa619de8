namespace PgScale.Testing.Postgres;

/// <summary>Names of servers, which are also names of folders and files.</summary>
internal static class ServerName
{
    public static string Choose(string? wanted, IReadOnlyCollection<PostgresServer> servers)
    {
        if (wanted is null)
        {
            return Enumerable.Range(1, int.MaxValue).Select(number => $"replica{number}").First(name => !IsTaken(name, servers));
        }

        if (wanted.Length == 0 || !wanted.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
        {
            throw new ArgumentException($"'{wanted}' cannot be a server's name; use letters, digits, '-' and '_'.", nameof(wanted));
        }

        return IsTaken(wanted, servers)
            ? throw new ArgumentException($"The cluster has a server '{wanted}' already; choose another name.", nameof(wanted))
            : wanted;
    }

    private static bool IsTaken(string name, IReadOnlyCollection<PostgresServer> servers) => servers.Any(server => server.Name.Equals(name, StringComparison.Ordinal));
}
