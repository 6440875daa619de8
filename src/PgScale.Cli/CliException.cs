namespace PgScale.Cli;

/// <summary>A command ends with a message and an exit code.</summary>
internal sealed class CliException(int code, string message) : Exception(message)
{
    internal int Code { get; } = code;
}
