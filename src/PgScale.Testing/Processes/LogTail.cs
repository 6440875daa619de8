namespace PgScale.Testing.Processes;

/// <summary>The end of a log file, however long the file is.</summary>
internal static class LogTail
{
    private const int BytesPerLine = 400;

    public static async Task<string> ReadAsync(string path, int lines)
    {
        if (!File.Exists(path))
        {
            return "(there is no log yet)";
        }

        FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        await using (file.ConfigureAwait(false))
        {
            file.Seek(-Math.Min(file.Length, (long)lines * BytesPerLine), SeekOrigin.End);
            using StreamReader reader = new(file);
            var all = (await reader.ReadToEndAsync().ConfigureAwait(false)).TrimEnd().Split('\n');
            return string.Join('\n', all.TakeLast(lines));
        }
    }
}
