using System.Reflection;
using PgScale.Benchmarks.Harness;
using PgScale.Tests.PublicApi;

namespace PgScale.Tests;

/// <summary>The public API is what the committed text says, so that nobody changes it without seeing it.</summary>
public sealed class PublicApiTests
{
    private const string Accept = "PGSCALE_ACCEPT_API";

    [TestCase("PgScale")]
    [TestCase("PgScale.Testing")]
    public async Task Public_api_is_the_accepted_one(string assembly)
    {
        var file = Path.Combine(Repository.Root, "tests", "PgScale.Tests", "PublicApi", assembly + ".txt");
        var actual = ApiText.Of(Assembly.Load(assembly).GetTypes());
        if (Environment.GetEnvironmentVariable(Accept) is "1")
        {
            await File.WriteAllTextAsync(file, actual);
        }

        var accepted = File.Exists(file) ? await File.ReadAllTextAsync(file) : "";
        Assert.That(
            ApiDifference.Between(accepted, actual),
            Is.Empty,
            $"The public API of {assembly} is not the one in {file}. If you mean it, run: {Accept}=1 ./build.sh test --filter PublicApi");
    }
}
