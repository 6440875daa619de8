using System.CommandLine;
using PgScale.Backfill;

namespace PgScale.Cli.Backfill;

/// <summary>The parts of a <see cref="BackfillDefinition"/> as options. Running it again takes the same ones.</summary>
internal sealed class DefinitionOptions
{
    private readonly Option<string> _table = new("--table") { Description = "The table as SQL writes it.", Required = true };
    private readonly Option<string[]> _set = new("--set") { Description = "A column and its SQL expression, as priority=\"t.id % 10\"; may be given several times." };
    private readonly Option<string?> _where = new("--where") { Description = "The guard: which rows still have to be changed, as \"t.priority IS NULL\"." };
    private readonly Option<string?> _statement = new("--statement") { Description = "Instead of --set: a whole statement with {batch} or {batch:alias} where the condition on the key belongs." };
    private readonly Option<string[]> _key = new("--key") { Description = "A column of the key, in order. Default: the primary key." };
    private readonly Option<string[]> _stage = new("--stage") { Description = "Rows that come first, as active=\"t.seen_at > now() - interval '1 day'\"; may be given several times." };
    private readonly Option<BackfillForm> _form = new("--form") { Description = "How batches are cut: auto, range or striped. Default auto." };
    private readonly Option<BackfillSweep> _sweep = new("--sweep") { Description = "How far the last look goes back: auto, recent, full or none. Default auto." };
    private readonly Option<int> _ranges = new("--ranges") { Description = "Parts that workers can take one by one, 1 to 1000.", DefaultValueFactory = _ => 1 };
    private readonly Option<BackfillRisks[]> _accept = new("--accept") { Description = "A risk that is known: triggers, indexedcolumns, oldtransaction, replicationslots or plan; may be given several times." };

    internal Command AddTo(Command command)
    {
        foreach (var option in (Option[])[_table, _set, _where, _statement, _key, _stage, _form, _sweep, _ranges, _accept])
        {
            command.Options.Add(option);
        }

        return command;
    }

    /// <exception cref="CliException">An option cannot be understood.</exception>
    internal BackfillDefinition Create(ParseResult parsed, string name, BackfillPace pace)
    {
        var definition = new BackfillDefinition(name, parsed.GetValue(_table)!)
        {
            Where = parsed.GetValue(_where),
            Statement = parsed.GetValue(_statement),
            Key = parsed.GetValue(_key) ?? [],
            Stages = [.. Pairs(parsed, _stage).Select(stage => new BackfillStage(stage.Name, stage.Value))],
            Form = parsed.GetValue(_form),
            Sweep = parsed.GetValue(_sweep),
            Ranges = parsed.GetValue(_ranges),
            Accepted = (parsed.GetValue(_accept) ?? []).Aggregate(BackfillRisks.None, (all, risk) => all | risk),
            Pace = pace,
        };
        foreach (var (column, value) in Pairs(parsed, _set))
        {
            definition.Set[column] = value;
        }

        return definition;
    }

    private static IEnumerable<(string Name, string Value)> Pairs(ParseResult parsed, Option<string[]> option) =>
        (parsed.GetValue(option) ?? []).Select(text => text.Split('=', 2) is [{ Length: > 0 } name, { Length: > 0 } value]
            ? (name, value)
            : throw new CliException(ExitCode.Usage, $"'{option.Name} {text}' is not understood. Write NAME=SQL, with quotes around what has spaces."));
}
