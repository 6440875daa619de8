using System.CommandLine;
using PgScale.Ddl;

namespace PgScale.Cli.Ddl;

/// <summary>The options that several of the commands have.</summary>
internal sealed class DdlOptions
{
    internal const string Variable = "PGSCALE_CONNECTION";

    internal Argument<string> Source { get; } = new("FILE") { Description = "A file of statements, or - for the input." };

    internal Option<string?> Connection { get; } = new("--connection", "-c") { Description = $"How to reach the primary, as Npgsql reads it. Default: the environment variable {Variable}." };

    internal Option<string[]> Replica { get; } = new("--replica") { Description = "How to reach a replica whose readers shall be spared; may be given several times." };

    internal Option<bool> Json { get; } = new("--json") { Description = "Print one JSON object a line." };

    internal Option<bool> NoNewTables { get; } = new("--no-new-tables") { Description = "Refuse to create tables." };

    internal Option<bool> NoDestructive { get; } = new("--no-destructive") { Description = "Refuse to drop tables, columns and types." };

    internal Option<long?> LargestPlainTable { get; } = new("--largest-plain-table") { Description = "Bytes of a table up to which statements that read or rewrite it are run as written." };

    internal Option<string[]> Allow { get; } = new("--allow") { Description = "Let statements pass that a rule would stop, as RULE=REASON; may be given several times." };

    internal void AddPolicy(Command command)
    {
        foreach (var option in (Option[])[NoNewTables, NoDestructive, LargestPlainTable, Allow])
        {
            command.Options.Add(option);
        }
    }

    internal void AddConnection(Command command)
    {
        command.Options.Add(Connection);
        command.Options.Add(Replica);
    }

    internal DdlPolicy Policy(ParseResult parsed) => DdlPolicy.Default with
    {
        AllowNewTables = !parsed.GetValue(NoNewTables),
        AllowDestructiveChanges = !parsed.GetValue(NoDestructive),
        LargestPlainTable = parsed.GetValue(LargestPlainTable) ?? DdlPolicy.Default.LargestPlainTable,
        Overrides = [.. (parsed.GetValue(Allow) ?? []).Select(Override)],
    };

    internal string? FindConnection(ParseResult parsed) => parsed.GetValue(Connection) ?? Environment.GetEnvironmentVariable(Variable);

    /// <summary>The executor on the servers that the command line names.</summary>
    /// <exception cref="CliException">It names none.</exception>
    internal Task<CliServices> StartAsync(ParseResult parsed, Action<SafeDdlExecutorOptions> configure, CancellationToken cancellationToken)
    {
        var primary = FindConnection(parsed) ?? throw new CliException(ExitCode.Usage, $"No server is named. Give --connection, or set {Variable}.");
        return CliServices.StartAsync(primary, parsed.GetValue(Replica) ?? [], builder => builder.AddSafeDdlExecutor(configure), cancellationToken);
    }

    private static DdlOverride Override(string text) => text.Split('=', 2) is [var rule, { Length: > 0 } reason] && DdlRules.Find(rule) is { } known
        ? new(known.Id, reason, Environment.UserName)
        : throw new CliException(ExitCode.Usage, $"'--allow {text}' is not understood. Write the id of a rule and why, for example --allow PGS022=\"nobody uses the old name\".");
}
