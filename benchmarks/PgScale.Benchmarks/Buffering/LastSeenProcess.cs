using System.Diagnostics;
using System.Globalization;
using PgScale.Buffering;

namespace PgScale.Benchmarks.Buffering;

/// <summary>One of several processes that note when users were last seen. It hears the time, in seconds, from its parent, line by line.</summary>
internal sealed class LastSeenProcess : IDisposable
{
    public const string Verb = "note-last-seen";
    public const int Users = 2_000;
    public const int Count = 4;

    public static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    public static readonly TimeSpan Span = TimeSpan.FromHours(1);

    private const int SessionSeconds = 20 * 60;
    private const string Done = "done";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private LastSeenProcess(Process process) => _process = process;

    public static async Task<LastSeenProcess> LaunchAsync(int number, string connectionString)
    {
        ProcessStartInfo start = new("dotnet", ["exec", typeof(LastSeenProcess).Assembly.Location, Verb, number.ToString(CultureInfo.InvariantCulture)])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = new LastSeenProcess(Process.Start(start)!);
        await process._process.StandardInput.WriteLineAsync(connectionString);
        return process;
    }

    /// <summary>Has it take the requests of a moment, and returns when they are flushed.</summary>
    public async Task TakeAsync(int second)
    {
        await _process.StandardInput.WriteLineAsync(second.ToString(CultureInfo.InvariantCulture));
        await _process.StandardInput.FlushAsync();
        var answer = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        if (answer != Done)
        {
            throw new InvalidOperationException($"A process that notes when users were last seen ended or said '{answer}'.");
        }
    }

    public async Task FinishAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    /// <summary>What such a process does.</summary>
    public static async Task<int> RunAsync(string number)
    {
        var own = int.Parse(number, CultureInfo.InvariantCulture);
        await using var application = await BufferedApplication.StartAsync(
            (await Console.In.ReadLineAsync())!,
            builder => builder.AddLazyWriteBuffer<Seen>(to => to.MergeInto("user_seen").Key("id", seen => seen.User).MaxIfChangedByMoreThan("last_seen", seen => seen.At, Span)),
            CancellationToken.None);
        var buffer = application.Get<Seen>();
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var second = int.Parse(line, CultureInfo.InvariantCulture);
            for (var user = 0; user < Users; user++)
            {
                if (ServerOf(user, second) == own)
                {
                    buffer.TryEnqueue(new(user, Start.AddSeconds(second)));
                }
            }

            await buffer.FlushAsync();
            await Console.Out.WriteLineAsync(Done);
        }

        return 0;
    }

    // A load balancer that keeps a user's session of 20 minutes at one process.
    private static int ServerOf(int user, int second) => (int)((((uint)user * 2_654_435_769u) + ((uint)(second / SessionSeconds) * 2_246_822_519u)) >> 16) & (Count - 1);
}
