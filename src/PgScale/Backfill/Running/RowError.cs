using Npgsql;

namespace PgScale.Backfill.Running;

/// <summary>What is kept of the error of a row: the server's message without its detail, which can hold values of the row.</summary>
internal static class RowError
{
    private const int MaxLength = 2_000;

    internal static string Of(Exception failure)
    {
        var text = failure is PostgresException refused ? refused.MessageText : $"{failure.GetType().Name}: {failure.Message}";
        return text.Length <= MaxLength ? text : text[..MaxLength];
    }
}
