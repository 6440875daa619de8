using PgScale.Backfill.Pacing;
using PgScale.Cluster;

namespace PgScale.Backfill.Planning;

/// <summary>Refuses definitions that contradict themselves, before a server is asked.</summary>
internal static class DefinitionRules
{
    internal static void Check(BackfillDefinition definition)
    {
        var rules = new OptionRules($"BackfillDefinition '{definition.Name}'");
        var kinds = (definition.Set.Count > 0 ? 1 : 0) + (definition.Statement is null ? 0 : 1) + (definition.Work is null ? 0 : 1);
        rules.Require(kinds == 1, "Set, Statement, Work", $"are {kinds} ways to change a row. Give exactly one of them.");
        rules.Require(
            definition.Statement is null || definition.Statement.Contains("{batch", StringComparison.Ordinal),
            nameof(definition.Statement),
            "has no {batch}, so each batch would change every row. Put {batch}, or {batch:alias}, where the condition on the key belongs.");
        rules.Require(
            definition.Statement is null || definition.Where is null,
            nameof(definition.Where),
            "is a guard of Set and of Work. Write the condition of a Statement into it.");
        rules.Require(definition.Stages.Count == 0 || definition.Repeats, nameof(definition.Stages),
            "need a change that finds nothing to do in rows that are done, or a row of two stages would be changed twice. Add Where, or set IsRepeatable.");
        rules.Require(definition.Form != BackfillForm.Striped || definition.Statement is null, nameof(definition.Form),
            "is Striped, which works with Set and Work only. Leave it out.");
        rules.InRange(nameof(definition.Ranges), definition.Ranges, 1, 1_000);
        PaceRules.Check(definition.Pace, "Pace:", rules);
        foreach (var stage in definition.Stages)
        {
            rules.Require(!string.IsNullOrWhiteSpace(stage.Name) && !string.IsNullOrWhiteSpace(stage.Where), nameof(definition.Stages), "has a stage without a name or a condition. Give it both.");
            PaceRules.Check(stage.Pace, $"Stages:{stage.Name}:Pace:", rules);
        }

        if (rules.Problems.Count > 0)
        {
            throw BackfillRefusedException.For(definition.Name, [.. rules.Problems]);
        }
    }
}
