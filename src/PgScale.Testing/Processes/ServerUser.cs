using System.Globalization;

namespace PgScale.Testing.Processes;

/// <summary>The user that servers run as: Postgres and PgBouncer refuse to run as root, so root hands them to another user.</summary>
/// <param name="Name">The user to drop to, or null to stay who we are.</param>
/// <param name="UserId">Its user id.</param>
/// <param name="GroupId">Its group id.</param>
internal sealed record ServerUser(string? Name, uint UserId = 0, uint GroupId = 0)
{
    private static readonly string[] Candidates = ["postgres", "nobody"];
    private static readonly Lazy<ServerUser> Found = new(Find);

    public static ServerUser Current => Found.Value;

    /// <summary>The command line that runs a program as this user. <c>setpriv</c> replaces itself, so the process id stays the same.</summary>
    public IReadOnlyList<string> CommandLine(string program, IEnumerable<string> arguments) => Name is null
        ? [program, .. arguments]
        : [SetPriv(), $"--reuid={UserId}", $"--regid={GroupId}", "--init-groups", "--", program, .. arguments];

    private static ServerUser Find()
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
        {
            return new ServerUser((string?)null);
        }

        string[][] accounts = [.. File.ReadLines("/etc/passwd").Select(line => line.Split(':')).Where(fields => fields.Length > 3)];
        var account = Candidates.Select(name => Array.Find(accounts, fields => fields[0].Equals(name, StringComparison.Ordinal))).FirstOrDefault(found => found is not null)
            ?? throw new PlatformNotSupportedException(
                "PostgreSQL does not run as root, and there is neither a user 'postgres' nor 'nobody' to run it as; create one or run the tests as an ordinary user.");
        return new ServerUser(account[0], uint.Parse(account[2], CultureInfo.InvariantCulture), uint.Parse(account[3], CultureInfo.InvariantCulture));
    }

    private static string SetPriv() => ProgramSearch.Find("setpriv") ?? throw new PlatformNotSupportedException(
        "PostgreSQL does not run as root, and 'setpriv' (package util-linux) is not there to drop to another user; install it or run the tests as an ordinary user.");
}
