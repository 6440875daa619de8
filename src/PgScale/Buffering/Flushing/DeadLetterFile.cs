using System.Text.Json;

namespace PgScale.Buffering.Flushing;

/// <summary>Appends refused rows to a file, one JSON object a line.</summary>
internal sealed class DeadLetterFile(string path) : DeadLetterTarget
{
    internal override async ValueTask KeepAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
        }

        var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 1, FileOptions.Asynchronous);
        await using var disposing = file.ConfigureAwait(false);
        await file.WriteAsync(Encode(letter), cancellationToken).ConfigureAwait(false); // one write: lines of several processes do not mix
        file.Flush(flushToDisk: true);
    }

    private static byte[] Encode(DeadLetter letter)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("buffer", letter.Buffer);
            json.WriteString("target", letter.Target);
            json.WriteString("failed_at", letter.FailedAt);
            json.WriteString("sql_state", letter.SqlState);
            json.WriteString("error", letter.Error is Npgsql.PostgresException refused ? refused.MessageText : letter.Error.Message);
            json.WriteString("item", letter.Json);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.ToArray();
    }
}
