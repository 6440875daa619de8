using Npgsql;
using NpgsqlTypes;
using PgScale.Internal;

namespace PgScale.Buffering.Flushing;

/// <summary>Keeps refused rows in <c>pgscale.dead_letter</c>, each exactly once.</summary>
internal sealed class DeadLetterTable : DeadLetterTarget
{
    private const string Sql = """
        INSERT INTO pgscale.dead_letter (buffer, target, item, sql_state, error, failed_at) VALUES ($1, $2, $3, $4, $5, $6)
        """;

    internal override Task PrepareAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        PgScaleSchema.EnsureAsync(connection, PgScaleSchema.DeadLetter, cancellationToken);

    internal override NpgsqlBatchCommand ToCommand(DeadLetter letter) => new(Sql)
    {
        Parameters =
        {
            Text(letter.Buffer),
            Text(letter.Target),
            Text(letter.Json),
            Text(letter.SqlState),
            Text(Reason(letter.Error)),
            new NpgsqlParameter<DateTime> { TypedValue = letter.FailedAt.UtcDateTime },
        },
    };

    // The message of an encoding error may quote the very text that cannot be encoded.
    private static string Reason(Exception error) =>
        new([.. (error is PostgresException refused ? refused.MessageText : error.Message).Where(character => character != '\0' && !char.IsSurrogate(character))]);

    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };
}
