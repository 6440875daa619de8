using System.Globalization;
using PgScale.IntegrationTests.Caching.Model;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Caching;

/// <summary>
/// Random interleavings of reads, writes with removal, lagging replicas, Redis faults and caches that are cut off, against the one law: who
/// reads after a removal that reached everybody gets nothing older, and who reads with a token never does.
/// </summary>
/// <remarks>
/// <c>PGSCALE_MODEL_SEED</c> plays the steps of one seed, as a failure names it; <c>PGSCALE_MODEL_RUNS</c> says how many runs there are.
/// A seed fixes the steps and not the order in which they overtake each other, so a failure may take several runs to come again.
/// </remarks>
public sealed class ModelTests
{
    private const int UsualRuns = 4;

    [Test]
    public async Task Nobody_reads_anything_older_than_a_removal_that_was_acknowledged()
    {
        await Needs.ServersAsync(TestServerKinds.Redis);
        await using var redis = await RedisServer.StartAsync();
        var runs = Number("PGSCALE_MODEL_RUNS") ?? UsualRuns;
        for (var run = 0UL; run < runs; run++)
        {
            var seed = Number("PGSCALE_MODEL_SEED") ?? (ulong)Random.Shared.NextInt64();
            await redis.FlushAsync();
            await using var model = await ModelRun.StartAsync(redis, seed);
            await model.PlayAsync(ModelPlan.Of(seed));
            Assert.That(model.Violation, Is.Null, $"Run {run}; again with PGSCALE_MODEL_SEED={seed}");
            Assert.That(model.Checked, Is.GreaterThan(50), $"the law must have been put to the test, seed {seed}");
        }
    }

    private static ulong? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? ulong.Parse(text, CultureInfo.InvariantCulture) : null;
}
