using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace PgScale.Routing;

/// <summary>A command of a routed connection: Npgsql's own, with Npgsql's parameters and readers, which finds its node when it runs.</summary>
[SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "ADO.NET has synchronous members; the waits run on the thread pool.")]
internal sealed class RoutedCommand(RoutedConnection connection) : DbCommand
{
    private readonly NpgsqlCommand _command = new();

    private RoutedConnection? _connection = connection;

    [AllowNull]
    public override string CommandText
    {
        get => _command.CommandText;
        set => _command.CommandText = value;
    }

    public override int CommandTimeout
    {
        get => _command.CommandTimeout;
        set => _command.CommandTimeout = value;
    }

    public override CommandType CommandType
    {
        get => _command.CommandType;
        set => _command.CommandType = value;
    }

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource
    {
        get => _command.UpdatedRowSource;
        set => _command.UpdatedRowSource = value;
    }

    protected override DbConnection? DbConnection
    {
        get => _connection;
        set => _connection = value switch
        {
            null => null,
            RoutedConnection routed => routed,
            _ => throw new ArgumentException($"The command belongs to a connection of the router and cannot run on a {value.GetType().Name}. Create it on that connection.", nameof(value)),
        };
    }

    protected override DbParameterCollection DbParameterCollection => _command.Parameters;

    protected override DbTransaction? DbTransaction
    {
        get => _command.Transaction;
        set => _command.Transaction = (NpgsqlTransaction?)value;
    }

    private ReadLease Lease => (_connection ?? throw new InvalidOperationException("The command has no connection. Set its Connection, or create it on one.")).Lease;

    public override void Cancel() => _command.Cancel();

    public override void Prepare() => Wait(() => PrepareAsync(CancellationToken.None));

    public override async Task PrepareAsync(CancellationToken cancellationToken = default)
    {
        await Lease.CheckAsync(cancellationToken).ConfigureAwait(false);
        _command.Connection = Lease.Connection;
        await _command.PrepareAsync(cancellationToken).ConfigureAwait(false);
    }

    public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken)
    {
        if (IsReady())
        {
            return await _command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        var reader = await GuardedReader.ExecuteAsync(_command, Lease, CommandBehavior.Default, cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false))
        {
            // To the end: an error of a later statement is an error of the command.
        }

        return reader.RecordsAffected;
    }

    public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken)
    {
        if (IsReady())
        {
            return await _command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }

        var reader = await GuardedReader.ExecuteAsync(_command, Lease, CommandBehavior.Default, cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        return reader.FieldCount > 0 && await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? reader.GetValue(0) : null;
    }

    public override int ExecuteNonQuery() => IsReady() ? _command.ExecuteNonQuery() : Wait(() => ExecuteNonQueryAsync(CancellationToken.None));

    public override object? ExecuteScalar() => IsReady() ? _command.ExecuteScalar() : Wait(() => ExecuteScalarAsync(CancellationToken.None));

    protected override DbParameter CreateDbParameter() => _command.CreateParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) =>
        IsReady() ? _command.ExecuteReader(behavior) : Wait(() => ExecuteDbDataReaderAsync(behavior, CancellationToken.None));

    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        IsReady()
            ? await _command.ExecuteReaderAsync(behavior, cancellationToken).ConfigureAwait(false)
            : await GuardedReader.ExecuteAsync(_command, Lease, behavior, cancellationToken).ConfigureAwait(false);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _command.Dispose();
        }

        base.Dispose(disposing);
    }

    // Binds the command to the connection that is open now.
    private bool IsReady()
    {
        var lease = Lease;
        if (!ReferenceEquals(_command.Connection, lease.Connection))
        {
            _command.Connection = lease.Connection;
        }

        return !lease.Session.NeedsGuard;
    }

    private static void Wait(Func<Task> work) => Task.Run(work).GetAwaiter().GetResult();

    private static T Wait<T>(Func<Task<T>> work) => Task.Run(work).GetAwaiter().GetResult();
}
