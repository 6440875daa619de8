using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace PgScale.Routing;

/// <summary>A connection that is created now and opened later, as EF Core and Dapper do: its node is chosen at each opening.</summary>
/// <remarks>
/// A connection bound to its node when it is created would read stale data when its scope has written since. A token that no node is
/// known to hold is checked in the round trip of the first command. Parameters, readers and transactions are Npgsql's own.
/// </remarks>
[SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "ADO.NET has synchronous members; the waits run on the thread pool.")]
internal sealed class RoutedConnection(ReplicaRouter router, ReadOptions options) : DbConnection
{
    private ReadLease? _lease;

    [AllowNull]
    public override string ConnectionString
    {
        get => "";
        set => throw new NotSupportedException("The router chooses the server of this connection, so its connection string cannot be set. Configure PgScale:Nodes.");
    }

    public override string Database => _lease?.Connection.Database ?? "";

    public override string DataSource => _lease?.Connection.DataSource ?? "";

    public override string ServerVersion => Lease.Connection.ServerVersion;

    public override ConnectionState State => _lease?.Connection.State ?? ConnectionState.Closed;

    /// <summary>What it is open on.</summary>
    /// <exception cref="InvalidOperationException">It is not open.</exception>
    internal ReadLease Lease => _lease ?? throw new InvalidOperationException("The connection is not open. Open it first.");

    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (State == ConnectionState.Open)
        {
            throw new InvalidOperationException("The connection is open already.");
        }

        await CloseAsync().ConfigureAwait(false); // broken
        _lease = await router.OpenReadAsync(options, checksTokenLater: true, cancellationToken).ConfigureAwait(false);
        OnStateChange(new(ConnectionState.Closed, ConnectionState.Open));
    }

    public override void Open() => Task.Run(() => OpenAsync(CancellationToken.None)).GetAwaiter().GetResult();

    public override async Task CloseAsync()
    {
        if (Interlocked.Exchange(ref _lease, null) is { } lease)
        {
            await lease.DisposeAsync().ConfigureAwait(false);
            OnStateChange(new(ConnectionState.Open, ConnectionState.Closed));
        }
    }

    public override void Close()
    {
        if (_lease is not null)
        {
            Task.Run(CloseAsync).GetAwaiter().GetResult();
        }
    }

    public override void ChangeDatabase(string databaseName) =>
        throw new NotSupportedException("A routed connection stays in its database: its connections are pooled. Add a cluster with AddKeyedPgScale for another one.");

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override DbCommand CreateDbCommand() => new RoutedCommand(this);

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) =>
        Task.Run(() => BeginDbTransactionAsync(isolationLevel, CancellationToken.None).AsTask()).GetAwaiter().GetResult();

    // Before BEGIN: a transaction may have one snapshot for all of its statements, and then it is taken by the first of them.
    protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancellationToken)
    {
        await Lease.CheckAsync(cancellationToken).ConfigureAwait(false);
        return await Lease.Connection.BeginTransactionAsync(isolationLevel, cancellationToken).ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Close();
        }

        base.Dispose(disposing);
    }
}
