using System.Diagnostics;
using PgScale.IntegrationTests.Testing;
using PgScale.Testing;

namespace PgScale.IntegrationTests.Samples;

/// <summary>Users copy from the samples, so each must run; it says with its exit code whether what it shows was true.</summary>
public sealed class SamplesTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    [TestCase("GettingStarted", "--local")]
    [TestCase("ConsistencyCookie", "--check")]
    [TestCase("CachedProfiles")]
    [TestCase("WriteBehind")]
    [TestCase("MovedRows")]
    [TestCase("Migrations")]
    [TestCase("Monitoring")]
    [TestCase("ChatService.Demo", "--short")]
    public async Task Sample_runs_and_keeps_its_promise(string sample, params string[] arguments)
    {
        await Needs.ServersAsync(TestServerKinds.Postgres | TestServerKinds.Redis);
        var folder = Path.Combine(TestContext.CurrentContext.TestDirectory, "..", "..", sample, "release");
        using var deadline = new CancellationTokenSource(Deadline, TimeProvider.System);
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(folder, $"{sample}.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = Task.WhenAll(process.StandardOutput.ReadToEndAsync(deadline.Token), process.StandardError.ReadToEndAsync(deadline.Token));
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }

        Assert.That(process.ExitCode, Is.Zero, string.Concat(await output));
    }
}
