using System.Text;
using BenchmarkDotNet.Loggers;

namespace PgScale.Benchmarks.Micro;

/// <summary>Keeps errors and nothing else, for the message of whoever misses a figure.</summary>
internal sealed class ErrorLog : ILogger
{
    private const int MaxCharacters = 4_000;

    private readonly StringBuilder _text = new();

    public string Id => nameof(ErrorLog);

    public int Priority => 0;

    public void Write(LogKind logKind, string text)
    {
        // What a benchmark itself throws is written as if it were a figure.
        if ((logKind == LogKind.Error || text.Contains("Exception", StringComparison.Ordinal)) && _text.Length < MaxCharacters)
        {
            _text.Append(text);
        }
    }

    public void WriteLine(LogKind logKind, string text) => Write(logKind, text + "\n");

    public void WriteLine() => Write(LogKind.Default, "\n");

    public void Flush()
    {
        // it is read from memory
    }

    public override string ToString() => _text.ToString().Trim();
}
