using FsCheck;
using FsCheck.Fluent;

namespace PgScale.Tests.Caching.Local;

/// <summary>Against a dictionary that never evicts: the store may hold less than it, and nothing else.</summary>
public sealed class LocalStoreModelTests
{
    private const int MaxBytes = 12_000;

    // Sizes from nothing to more than the bound; keys few enough to meet again.
    private static readonly Gen<int> Sizes =
        Gen.Frequency((6, Gen.Choose(0, 300)), (2, Gen.Choose(300, 6_000)), (1, Gen.Choose(MaxBytes - 500, MaxBytes + 500)));

    private static readonly Gen<StoreCall> Calls = Gen.Frequency(
        (8, Gen.Constant(StoreCall.Get)),
        (3, Gen.Constant(StoreCall.GetByCharacters)),
        (8, Gen.Constant(StoreCall.Set)),
        (1, Gen.Constant(StoreCall.Remove)),
        (1, Gen.Constant(StoreCall.RemoveCurrent)),
        (1, Gen.Constant(StoreCall.RemoveFormer)));

    private static readonly Gen<StoreStep> Steps =
        from call in Gen.Frequency((99, Calls), (1, Gen.Constant(StoreCall.Clear)))
        from key in Gen.Choose(0, 60)
        from size in Sizes
        select new StoreStep(call, key, size);

    private static readonly Arbitrary<StoreStep[]> Courses =
        Gen.Choose(1, 800).SelectMany(length => Steps.ListOf(length)).Select(steps => steps.ToArray()).ToArbitrary();

    [Test]
    public void Every_answer_is_the_last_value_or_nothing([Values(1, 20, 1_000)] int maxEntries) =>
        Prop.ForAll(Courses, course => Run(course, maxEntries)).QuickCheckThrowOnFailure();

    private static void Run(StoreStep[] course, int maxEntries)
    {
        var pair = new StoreAndModel(maxEntries, MaxBytes);
        foreach (var step in course)
        {
            pair.Do(step);
            pair.CheckBounds();
        }

        pair.CheckContent();
    }
}
