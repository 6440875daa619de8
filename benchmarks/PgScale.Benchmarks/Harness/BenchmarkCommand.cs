using System.CommandLine;
using System.CommandLine.Parsing;
using PgScale.Benchmarks.Baselines;
using PgScale.Benchmarks.Reports;

namespace PgScale.Benchmarks.Harness;

/// <summary>The command line of <c>./build.sh bench</c>.</summary>
internal static class BenchmarkCommand
{
    private static readonly Argument<string?> RoomName = new("room")
    {
        Description = "The component to measure; all of them without it.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<bool> Quick = new("--quick") { Description = "Fewer and shorter rounds." };

    private static readonly Option<FileInfo?> Json = new("--json") { Description = "Write the rows as a JSON array to this file." };

    private static readonly Option<string?> Save = new("--save") { Description = "Write benchmarks/results/<name>.md and .json; without a room the name is the version.", HelpName = "name" };

    private static readonly Option<bool> Strict = new("--strict") { Description = "Exit with 1 when a goal is missed." };

    private static readonly Option<bool> Accept = new("--accept") { Description = "Make these figures the baseline of their rooms, and rewrite docs/benchmarks.md, instead of comparing." };

    public static Task<int> RunAsync(string[] arguments)
    {
        var command = new RootCommand("Measures PgScale beside the code that people write by hand today.") { RoomName, Quick, Json, Save, Strict, Accept };
        RoomName.Validators.Add(MustBeARoom);
        command.SetAction((result, cancellationToken) => new BenchmarkSession
        {
            Rooms = Chosen(result.GetValue(RoomName)),
            Quick = result.GetValue(Quick),
            JsonFile = result.GetValue(Json),
            SaveAs = result.GetValue(Save) ?? (result.GetValue(RoomName) is null ? Provenance.Version + (result.GetValue(Quick) ? "-quick" : "") : null),
            BaselineFile = Baseline.FileFor(result.GetValue(Quick)),
            Accept = result.GetValue(Accept),
            Strict = result.GetValue(Strict),
            Command = string.Join(' ', arguments.Prepend("./build.sh bench")),
        }.RunAsync(cancellationToken));

        var parsed = command.Parse(arguments);
        if (parsed.Action is System.CommandLine.Invocation.ParseErrorAction error)
        {
            error.ShowHelp = false;
        }

        return parsed.InvokeAsync();
    }

    private static void MustBeARoom(ArgumentResult result)
    {
        if (result.Tokens.Count > 0 && Chosen(result.Tokens[0].Value).Count == 0)
        {
            result.AddError(
                $"There is no room '{result.Tokens[0].Value}' to measure. Choose one of {string.Join(", ", Rooms.All.Select(room => room.Name))}, or name none for all.");
        }
    }

    private static List<Room> Chosen(string? name) =>
        [.. Rooms.All.Where(room => name is null || string.Equals(room.Name, name, StringComparison.OrdinalIgnoreCase))];
}
