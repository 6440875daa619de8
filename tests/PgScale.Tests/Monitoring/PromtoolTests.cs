using System.Diagnostics;
using PgScale.Tests.Docs;

namespace PgScale.Tests.Monitoring;

/// <summary>Prometheus itself says whether the rules are well-formed and whether each alert fires in its case.</summary>
public sealed class PromtoolTests
{
    [TestCase("check", "rules", "rules.yml")]
    [TestCase("test", "rules", "rules.test.yml")]
    public async Task Promtool_accepts(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Promtool(), arguments)
        {
            WorkingDirectory = Path.Combine(Pages.Root, "docs", "monitoring"),
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync()).WaitAsync(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync();
        Assert.That(process.ExitCode, Is.Zero, string.Concat(output));
    }

    private static string Promtool()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (folders.Select(folder => Path.Combine(folder, "promtool")).FirstOrDefault(File.Exists) is { } found)
        {
            return found;
        }

        const string Missing = "promtool is not on the PATH. It comes with Prometheus: apt-get install prometheus, or brew install prometheus.";
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")))
        {
            Assert.Ignore(Missing);
        }

        throw new AssertionException(Missing);
    }
}
