using FsCheck;
using FsCheck.Fluent;

namespace PgScale.IntegrationTests.Caching.Model;

/// <summary>The steps of a run, made of its seed alone. The same seed gives the same steps; how they interleave is up to the machine.</summary>
internal static class ModelPlan
{
    internal const int Keys = 3;
    internal const int Caches = 3;

    private const int Steps = 500;

    internal static IReadOnlyList<ModelStep> Of(ulong seed)
    {
        var kinds = Gen.Frequency(
            (40, Gen.Constant(ModelStepKind.Read)), (15, Gen.Constant(ModelStepKind.ReadWithToken)),
            (12, Gen.Constant(ModelStepKind.Write)), (4, Gen.Constant(ModelStepKind.WriteUnderTag)),
            (8, Gen.Constant(ModelStepKind.CatchUp)), (1, Gen.Constant(ModelStepKind.Hiccup)),
            (2, Gen.Constant(ModelStepKind.CutOff)), (3, Gen.Constant(ModelStepKind.Reconnect)));
        var places = Gen.Zip(Gen.Choose(0, Keys - 1), Gen.Choose(0, Caches - 1));
        var steps = Gen.Zip(kinds, Gen.Zip(places, Gen.Choose(0, 3)))
            .Select(static step => new ModelStep(step.Item1, step.Item2.Item1.Item1, step.Item2.Item1.Item2, TimeSpan.FromMilliseconds(step.Item2.Item2)));
        return [.. Gen.ListOf(steps, Steps).Sample(1, new Rnd(seed), Steps).Single()];
    }
}
