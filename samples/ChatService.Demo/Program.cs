// The same people use a chat service without and with PgScale, on the same servers: what it costs, and what they notice when servers fail.
// --short does the same on less data.
using System.Runtime.InteropServices;
using PgScale.Samples.ChatService.Demo;
using PgScale.Samples.ChatService.Demo.Scenes;
using PgScale.Samples.ChatService.Demo.View;
using PgScale.Testing;

var longest = TimeSpan.FromSeconds(120);
var time = TimeProvider.System;
using var interrupted = new CancellationTokenSource();
using var tooLong = new CancellationTokenSource(longest, time);
using var stop = CancellationTokenSource.CreateLinkedTokenSource(interrupted.Token, tooLong.Token);
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);

var length = args.Contains("--short", StringComparer.Ordinal) ? DemoLength.Short : DemoLength.Full;
var screen = Screens.Open(time);
try
{
    DemoSummary summary;
    await using (screen)
    {
        summary = await new DemoRun(length, screen, time).RunAsync(stop.Token);
    }

    screen.Summarize(summary);
    return summary.IsGood ? 0 : 1;
}
catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("Stopped; no server is left running.");
    return 130;
}
catch (OperationCanceledException) when (tooLong.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync($"The demo promised to end within {longest.TotalSeconds:0} s and did not, so it was stopped. Is the machine busy?");
    return 1;
}
catch (Exception failure) when (failure is TestServerNotFoundException or TestServerStartException or TimeoutException or SceneFailedException)
{
    await Console.Error.WriteLineAsync(failure.Message);
    return 1;
}

void Interrupt(PosixSignalContext signal)
{
    signal.Cancel = true;
    interrupted.Cancel();
}
