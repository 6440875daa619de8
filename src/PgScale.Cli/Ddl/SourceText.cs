using PgScale.Ddl;

namespace PgScale.Cli.Ddl;

/// <summary>The statements of a file or of the input.</summary>
internal static class SourceText
{
    /// <summary>Reads them; a text that cannot be cut is one statement, which the judge refuses with the reason.</summary>
    internal static async Task<IReadOnlyList<string>> ReadAsync(string source, CancellationToken cancellationToken)
    {
        var text = source == "-"
            ? await Console.In.ReadToEndAsync(cancellationToken).ConfigureAwait(false)
            : await File.ReadAllTextAsync(source, cancellationToken).ConfigureAwait(false);
        try
        {
            return DdlScript.Split(text);
        }
        catch (FormatException)
        {
            return [text];
        }
    }
}
