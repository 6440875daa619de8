namespace PgScale.Samples.ChatService.Jobs;

/// <summary>Prints what a job reports, at once and in order.</summary>
internal sealed class ConsoleProgress<T>(Func<T, string> describe) : IProgress<T>
{
    public void Report(T value) => Console.WriteLine(describe(value));
}
