using Microsoft.Extensions.Logging;

namespace PgScale.Buffering.Spool;

/// <summary>What the spool says. Event ids 4900–4999, of the range of the room.</summary>
internal static partial class SpoolMessages
{
    [LoggerMessage(4900, LogLevel.Information, "Spool '{Directory}' is open: {Count} records to replay, the last is {Last}")]
    internal static partial void Opened(ILogger logger, string directory, long count, long last);

    [LoggerMessage(4901, LogLevel.Information, "Spool '{Directory}': a record that was being written when the process ended was cut from {File} at {Offset}")]
    internal static partial void TornTailCut(ILogger logger, string directory, string file, int offset);

    [LoggerMessage(4902, LogLevel.Warning,
        "Spool '{Directory}': the machine stopped before records {First} to {Last} were on disk; they are lost, what follows them is kept")]
    internal static partial void LostUnwritten(ILogger logger, string directory, long first, long last);

    [LoggerMessage(4903, LogLevel.Error,
        "Spool '{Directory}' is damaged: records {First} to {Last} are lost; what can be read is kept, and a copy of {File} was set aside")]
    internal static partial void DamageSetAside(ILogger logger, string directory, long first, long last, string file);

    [LoggerMessage(4904, LogLevel.Warning,
        "Spool '{Directory}' takes no more records: the disk refused a segment of {Bytes} bytes ({Problem}). Make room on it; nothing is lost so far")]
    internal static partial void DiskRefuses(ILogger logger, string directory, int bytes, string problem);

    [LoggerMessage(4905, LogLevel.Information, "Spool '{Directory}' takes records again")]
    internal static partial void DiskTakesAgain(ILogger logger, string directory);

    [LoggerMessage(4906, LogLevel.Critical,
        "Spool '{Directory}' has failed: what was appended last may not be on disk, and nothing is taken any more. Check the disk, then restart")]
    internal static partial void DiskFailed(ILogger logger, Exception problem, string directory);
}
