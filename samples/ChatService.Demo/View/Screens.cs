using Spectre.Console;

namespace PgScale.Samples.ChatService.Demo.View;

/// <summary>A picture on a terminal, lines elsewhere.</summary>
internal static class Screens
{
    public static IScreen Open(TimeProvider time) =>
        AnsiConsole.Profile.Capabilities is { Interactive: true, Ansi: true } && !Console.IsOutputRedirected ? new LiveScreen(time) : new PlainScreen(Console.Out, time);
}
