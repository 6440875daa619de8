using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace PgScale.Routing;

/// <summary>A connection that is created now and opened later, as EF Core and Dapper do: its node is chosen at each opening.</summary>
/// <remarks>
/// A connection bound to its node when it is created would read stale data when its scope has written since. Commands, readers and
/// transactions are Npgsql's own.
/// </remarks>
[SuppressMessage("Usage", "VSTHRD002:Avoid problematic synchronous waits", Justification = "ADO.NET has synchronous members; the waits run on the thread pool.")]
internal sealed class RoutedConnection(ReplicaRouter router, ReadOptions options) : DbConnection
{
    private readonly List<NpgsqlCommand> _waiting = []; // created before the opening that they are for

    private ReadLease? _lease;

    [AllowNull]
    public override string ConnectionString
    {
        get => "";
        set => throw new NotSupportedException("The router chooses the server of this connection, so its connection string cannot be set. Configure PgScale:Nodes.");
    }

    public override string Database => _lease?.Connection.Database ?? "";

    public override string DataSource => _lease?.Connection.DataSource ?? "";

    public override string ServerVersion => Opened.ServerVersion;

    public override ConnectionState State => _lease?.Connection.State ?? ConnectionState.Closed;

    private NpgsqlConnection Opened => _lease?.Connection ?? throw new InvalidOperationException("The connection is not open. Open it first.");

    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (State == ConnectionState.Open)
        {
            throw new InvalidOperationException("The connection is open already.");
        }

        await CloseAsync().ConfigureAwait(false); // broken
        _lease = await router.OpenReadAsync(options, cancellationToken).ConfigureAwait(false);
        _waiting.ForEach(Bind);
        _waiting.Clear();
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

    protected override DbCommand CreateDbCommand()
    {
        var command = new NpgsqlCommand { Connection = _lease?.Connection };
        if (_lease is null)
        {
            _waiting.Add(command);
        }

        return command;
    }

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => Opened.BeginTransaction(isolationLevel);

    protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancellationToken) =>
        await Opened.BeginTransactionAsync(isolationLevel, cancellationToken).ConfigureAwait(false);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Close();
        }

        base.Dispose(disposing);
    }

    private void Bind(NpgsqlCommand command)
    {
        try
        {
            command.Connection = Opened;
        }
        catch (ObjectDisposedException)
        {
            // It was never needed.
        }
    }
}
