using System.Globalization;
using PgScale.Cluster;

namespace PgScale.Caching.Redis;

/// <summary>The messages between processes: a letter, fields of fixed length, and the key or tag as the rest.</summary>
internal static class FleetMessage
{
    /// <summary>A heartbeat; when its sender hears it, its lease is extended.</summary>
    internal const char Beat = 'P';

    /// <summary>A heartbeat of a process without a lease that wants to know whether it hears anything.</summary>
    internal const char Probe = 'Q';
    internal const char Goodbye = 'G';
    internal const char Removal = 'R';
    internal const char TagRemoval = 'T';
    internal const char Acknowledgement = 'A';

    internal const int IdLength = 32;
    internal const int NumberLength = 16;

    /// <summary>The sender of what no process waits for.</summary>
    internal const string Nobody = "00000000000000000000000000000000";

    internal static string OfBeat(char kind, string id, long sentAt, long lease) =>
        string.Create(CultureInfo.InvariantCulture, $"{kind}{id}{sentAt:d16}{lease:d16}");

    internal static string OfGoodbye(string id) => Goodbye + id;

    internal static string OfAcknowledgement(string id, long sequence) => string.Create(CultureInfo.InvariantCulture, $"{Acknowledgement}{id}{sequence:d16}");

    /// <summary>What stands before the stamp of a removal or the version of a tag.</summary>
    internal static string Head(char kind, string id, long sequence) => string.Create(CultureInfo.InvariantCulture, $"{kind}{id}{sequence:d16}");

    internal static string Tail(ConsistencyToken token, string name) => TokenText.WriteFixed(token) + name;

    internal static string OfRemoval(string id, long sequence, ConsistencyToken token, string key) =>
        string.Concat(Head(Removal, id, sequence), "0000000000000000", Tail(token, key));

    internal static string OfSignal(KeySignal signal, string key) => Letter(signal) + key;

    internal static KeySignal ReadSignal(char letter) => letter switch
    {
        'F' => KeySignal.Filled,
        'X' => KeySignal.Failed,
        'U' => KeySignal.Unshared,
        'V' => KeySignal.Voided,
        _ => KeySignal.None,
    };

    internal static long ReadNumber(ReadOnlySpan<char> message, int at) =>
        long.Parse(message.Slice(at, NumberLength), NumberStyles.None, CultureInfo.InvariantCulture);

    private static string Letter(KeySignal signal) => signal switch
    {
        KeySignal.Filled => "F",
        KeySignal.Failed => "X",
        KeySignal.Unshared => "U",
        _ => "V",
    };
}
