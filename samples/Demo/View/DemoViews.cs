using Spectre.Console;

namespace PgScale.Samples.Demo.View;

/// <summary>Chooses how the demo is shown.</summary>
internal static class DemoViews
{
    /// <summary>The live view on a terminal that somebody looks at, plain lines everywhere else.</summary>
    public static IDemoView Open(TimeProvider time) => IsWatched() ? new LiveView(time) : new PlainView(Console.Out, time);

    private static bool IsWatched() =>
        !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI"))
        && AnsiConsole.Profile.Capabilities is { Ansi: true, Interactive: true };
}
