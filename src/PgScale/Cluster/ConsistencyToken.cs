using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace PgScale.Cluster;

/// <summary>
/// A position in a cluster's log: a read that carries it sees every write that was committed before it was taken.
/// </summary>
/// <remarks>
/// Ordered by timeline, then position. Its text form is 44 characters of <c>A–Z a–z 0–9 - _</c>, safe in a header, a cookie or a
/// URL, and carries a checksum against damage. It is not signed: a forged token can only make a read wait or go to the primary.
/// </remarks>
public readonly struct ConsistencyToken : IEquatable<ConsistencyToken>, IComparable<ConsistencyToken>, ISpanParsable<ConsistencyToken>
{
    /// <summary>Length of the text form, in characters.</summary>
    public const int TextLength = ConsistencyTokenText.Length;

    private const string CaptureSql = """
        SELECT system_identifier,
               pg_catalog.pg_walfile_name(lsn),
               lsn,
               pg_catalog.pg_current_wal_flush_lsn(),
               pg_catalog.current_setting('wal_block_size')::int
        FROM pg_catalog.pg_control_system(), pg_catalog.pg_current_wal_insert_lsn() AS lsn
        """;

    // COMMIT of a failed transaction is a ROLLBACK without an error; any other statement raises 25P02 and ends the batch.
    // A synchronous commit has flushed its own log, so the flushed position is enough; the inserted one may belong to somebody
    // else's open transaction, and stay where no replica can get it for as long as nobody commits.
    private const string IsAsynchronousSql = "SELECT pg_catalog.current_setting('synchronous_commit') = 'off'";

    internal ConsistencyToken(ulong systemIdentifier, uint timeline, NpgsqlLogSequenceNumber position, DateTimeOffset issuedAt)
    {
        SystemIdentifier = systemIdentifier;
        Timeline = timeline;
        Position = position;
        IssuedAt = DateTimeOffset.FromUnixTimeMilliseconds(issuedAt.ToUnixTimeMilliseconds());
    }

    /// <summary>No position: every server covers it.</summary>
    public static ConsistencyToken None => default;

    /// <summary>The cluster's <c>system_identifier</c>; 0 for <see cref="None"/>.</summary>
    public ulong SystemIdentifier { get; }

    /// <summary>The timeline on which the write was made.</summary>
    public uint Timeline { get; }

    /// <summary>The log position, page headers taken away.</summary>
    public NpgsqlLogSequenceNumber Position { get; }

    /// <summary>When the token was taken, by the clock of the process that took it, in whole milliseconds.</summary>
    public DateTimeOffset IssuedAt { get; }

    /// <summary>Whether this is <see cref="None"/>.</summary>
    public bool IsNone => SystemIdentifier == 0;

    /// <summary>Takes the token of everything that is committed on a primary by now; call it after the commit.</summary>
    /// <param name="connection">An open connection to the primary, with no transaction open that the token should cover.</param>
    /// <param name="timeProvider">The clock of <see cref="IssuedAt"/>; default the system's.</param>
    /// <param name="cancellationToken">Cancels the question.</param>
    /// <exception cref="PostgresException">55000: the server is a replica, so nothing was committed there.</exception>
    public static async Task<ConsistencyToken> CaptureAsync(
        NpgsqlConnection connection, TimeProvider? timeProvider = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        using var command = new NpgsqlCommand(CaptureSql, connection);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        return await ReadAsync(reader, mayBeAsynchronous: true, timeProvider, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Commits the open transaction and takes its token in the same round trip.</summary>
    /// <exception cref="PostgresException">25P02: an earlier statement had failed, so there is nothing to commit; and what COMMIT itself raises.</exception>
    internal static async Task<ConsistencyToken> CommitAsync(NpgsqlConnection connection, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { new(IsAsynchronousSql), new("COMMIT"), new(CaptureSql) },
        };
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposing = reader.ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        var isAsynchronous = reader.GetBoolean(0);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        return await ReadAsync(reader, isAsynchronous, timeProvider, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<ConsistencyToken> ReadAsync(
        NpgsqlDataReader reader, bool mayBeAsynchronous, TimeProvider? timeProvider, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        var timeline = uint.Parse(reader.GetString(1).AsSpan(0, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        var position = WalPages.Normalize(reader.GetFieldValue<NpgsqlLogSequenceNumber>(mayBeAsynchronous ? 2 : 3), reader.GetInt32(4));
        return new(unchecked((ulong)reader.GetInt64(0)), timeline, position, (timeProvider ?? TimeProvider.System).GetUtcNow());
    }

    /// <summary>The later of two tokens of one cluster; <see cref="None"/> yields the other.</summary>
    /// <exception cref="ArgumentException">The tokens are from different clusters.</exception>
    public static ConsistencyToken Max(ConsistencyToken left, ConsistencyToken right) =>
        left.IsNone ? right : right.IsNone || left.CompareTo(right) >= 0 ? left : right;

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">The text is not a whole, undamaged token; the message says why.</exception>
    public static ConsistencyToken Parse(ReadOnlySpan<char> text) =>
        ConsistencyTokenText.TryRead(text, out var token) is { } problem ? throw new FormatException(problem) : token;

    /// <inheritdoc cref="Parse(ReadOnlySpan{char})"/>
    public static ConsistencyToken Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Parse(text.AsSpan());
    }

    /// <summary>Reads the text form; false when it is not a whole, undamaged token.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ConsistencyToken token) => ConsistencyTokenText.TryRead(text, out token) is null;

    /// <inheritdoc/>
    public static ConsistencyToken Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    public static ConsistencyToken Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out ConsistencyToken result) => TryParse(s, out result);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ConsistencyToken result) =>
        TryParse(s.AsSpan(), out result);

    /// <summary>Orders by timeline, then position; <see cref="None"/> comes first.</summary>
    /// <exception cref="ArgumentException">The tokens are from different clusters.</exception>
    public int CompareTo(ConsistencyToken other)
    {
        if (SystemIdentifier != other.SystemIdentifier && !IsNone && !other.IsNone)
        {
            throw new ArgumentException(
                $"Tokens of two clusters cannot be compared: system identifiers {SystemIdentifier} and {other.SystemIdentifier}.", nameof(other));
        }

        var byTimeline = Timeline.CompareTo(other.Timeline);
        return byTimeline != 0 ? byTimeline : Position.CompareTo(other.Position);
    }

    /// <summary>Whether both stand for the same position of the same cluster; <see cref="IssuedAt"/> does not count.</summary>
    public bool Equals(ConsistencyToken other) =>
        SystemIdentifier == other.SystemIdentifier && Timeline == other.Timeline && Position == other.Position;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is ConsistencyToken other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(SystemIdentifier, Timeline, Position);

    /// <summary>The text form, <see cref="TextLength"/> characters.</summary>
    public override string ToString() => ConsistencyTokenText.Write(this);

    /// <summary>Whether both are equal, see <see cref="Equals(ConsistencyToken)"/>.</summary>
    public static bool operator ==(ConsistencyToken left, ConsistencyToken right) => left.Equals(right);

    /// <summary>Whether they differ, see <see cref="Equals(ConsistencyToken)"/>.</summary>
    public static bool operator !=(ConsistencyToken left, ConsistencyToken right) => !left.Equals(right);

    /// <summary>Whether the left one is earlier, see <see cref="CompareTo"/>.</summary>
    public static bool operator <(ConsistencyToken left, ConsistencyToken right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left one is not later, see <see cref="CompareTo"/>.</summary>
    public static bool operator <=(ConsistencyToken left, ConsistencyToken right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left one is later, see <see cref="CompareTo"/>.</summary>
    public static bool operator >(ConsistencyToken left, ConsistencyToken right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left one is not earlier, see <see cref="CompareTo"/>.</summary>
    public static bool operator >=(ConsistencyToken left, ConsistencyToken right) => left.CompareTo(right) >= 0;
}
