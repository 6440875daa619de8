using System.Collections.Immutable;

namespace PgScale.Backfill.Planning;

/// <summary>The stages of a run: those of the definition, the rest, and the sweep if there is one.</summary>
internal static class StageNames
{
    internal const string Rest = "rest";

    internal const string Sweep = "sweep";

    internal static ImmutableArray<string> Of(BackfillDefinition definition)
    {
        var rest = definition.Stages.Count > 0 ? Rest : "";
        ImmutableArray<string> stages = [.. definition.Stages.Select(stage => stage.Name), rest];
        return definition.Sweeps ? stages.Add(Sweep) : stages;
    }
}
