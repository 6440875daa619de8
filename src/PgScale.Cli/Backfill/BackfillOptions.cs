using System.CommandLine;
using PgScale.Backfill;

namespace PgScale.Cli.Backfill;

/// <summary>What all commands of backfills have: a name, the servers, and how to print.</summary>
internal sealed class BackfillOptions
{
    private const string Variable = "PGSCALE_CONNECTION";

    internal Argument<string> Name { get; } = new("NAME") { Description = "The name under which the position is kept." };

    internal Option<bool> Json { get; } = new("--json") { Description = "Print one JSON object a line; so it does where the output is no terminal." };

    private Option<string?> Connection { get; } = new("--connection", "-c") { Description = $"How to reach the primary, as Npgsql reads it. Default: the environment variable {Variable}." };

    private Option<string[]> Replica { get; } = new("--replica")
    {
        Description = "How to reach a replica whose lag holds the pace back; may be given several times. They are called replica1, replica2 and so on.",
    };

    internal Command AddTo(Command command)
    {
        command.Arguments.Add(Name);
        foreach (var option in (Option[])[Json, Connection, Replica])
        {
            command.Options.Add(option);
        }

        return command;
    }

    /// <summary>The servers that the command line names.</summary>
    /// <exception cref="CliException">It names none.</exception>
    internal Task<CliServices> StartAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var primary = parsed.GetValue(Connection) ?? Environment.GetEnvironmentVariable(Variable)
            ?? throw new CliException(ExitCode.Usage, $"No server is named. Give --connection, or set {Variable}.");
        return CliServices.StartAsync(primary, parsed.GetValue(Replica) ?? [], builder => builder.AddControlledBackfill(), cancellationToken);
    }

    internal bool HasReplicas(ParseResult parsed) => parsed.GetValue(Replica) is { Length: > 0 };
}
