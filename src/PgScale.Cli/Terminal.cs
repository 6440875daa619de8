using Spectre.Console;

namespace PgScale.Cli;

/// <summary>Where commands write: results to the output, all else to the errors, so that results can be piped.</summary>
internal sealed class Terminal(TextWriter output, TextWriter errors)
{
    private readonly IAnsiConsole _table = Create(output);

    internal TextWriter Output => output;

    internal IAnsiConsole Errors { get; } = Create(errors);

    /// <summary>Whether a person looks at the output.</summary>
    internal bool IsWatched => _table.Profile.Out.IsTerminal && Errors.Profile.Out.IsTerminal;

    internal void Show(Table table) => _table.Write(table);

    internal void Say(string line) => output.WriteLine(line);

    internal void Complain(string line) => errors.WriteLine(line);

    private static IAnsiConsole Create(TextWriter writer)
    {
        var console = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(writer) });
        if (!console.Profile.Out.IsTerminal)
        {
            console.Profile.Width = 200; // a file has no width; rows shall not be folded
        }

        return console;
    }
}
