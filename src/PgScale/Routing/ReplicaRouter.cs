using System.Data.Common;
using Npgsql;
using PgScale.Cluster;

namespace PgScale.Routing;

/// <summary>Sends reads to a replica that is fresh, near and well, and writes to the primary.</summary>
/// <remarks>
/// Thread-safe. A read says that it is one: it runs on a read-only session, and its delegate may run more than once, also at the same
/// time, unless <see cref="ReadOptions.Idempotent"/> is false. SQL is never looked at.
/// </remarks>
public sealed class ReplicaRouter
{
    private readonly AsyncLocal<ConsistencyScope?> _ambient = new(); // not shared: tokens of two clusters do not mix

    private readonly Lazy<RouterCore> _core;
    private readonly TimeProvider _time;

    internal ReplicaRouter(Func<RouterCore> core, TimeProvider time)
    {
        _core = new(core);
        _time = time;
    }

    internal RouterCore Core => _core.Value;

    /// <summary>Runs a read on a replica, elsewhere again if the node fails under it, on the primary within its budget if no replica can.</summary>
    /// <param name="read">Runs the queries; its connection is valid until it returns. The token ends when the caller's does.</param>
    /// <param name="options">What the read needs; default the default tier, no token.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="ReadRejectedException">No node may serve it now, or its tier is full.</exception>
    /// <exception cref="ArgumentException">There is no such tier, or the token is from another cluster.</exception>
    public Task<T> ReadAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> read, ReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(read);
        var request = Resolve(options);
        return RunAsync(new ConnectionRead<T>(request, read), cancellationToken);
    }

    /// <inheritdoc cref="ReadAsync{T}(Func{NpgsqlConnection, CancellationToken, Task{T}}, ReadOptions, CancellationToken)"/>
    public Task ReadAsync(Func<NpgsqlConnection, CancellationToken, Task> read, ReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(read);
        return ReadAsync<bool>(
            async (connection, token) =>
            {
                await read(connection, token).ConfigureAwait(false);
                return true;
            },
            options,
            cancellationToken);
    }

    /// <summary>
    /// Runs a read of which the router gets the commands: a token that no replica is known to hold is then checked in the same round trip.
    /// </summary>
    /// <remarks>Otherwise as <see cref="ReadAsync{T}(Func{NpgsqlConnection, CancellationToken, Task{T}}, ReadOptions, CancellationToken)"/>: both delegates may run more than once.</remarks>
    /// <param name="write">Adds the commands to a new batch, which it does not run.</param>
    /// <param name="read">Reads the results; the reader is at the first one, and valid until it returns.</param>
    /// <param name="options">What the read needs; default the default tier, no token.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="ReadRejectedException">No node may serve it now, or its tier is full.</exception>
    /// <exception cref="ArgumentException">There is no such tier, or the token is from another cluster.</exception>
    public Task<T> QueryAsync<T>(
        Action<NpgsqlBatch> write, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, ReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(write);
        ArgumentNullException.ThrowIfNull(read);
        var request = Resolve(options);
        return RunAsync(new BatchRead<T>(request, write, read, Core.Sessions) { ChecksTokenLater = request.Options.Idempotent }, cancellationToken);
    }

    /// <summary>Opens a connection to the node that suits a read.</summary>
    /// <inheritdoc cref="ReadAsync{T}(Func{NpgsqlConnection, CancellationToken, Task{T}}, ReadOptions, CancellationToken)" path="/exception"/>
    /// <param name="options">What the read needs.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask<ReadLease> OpenReadAsync(ReadOptions? options = null, CancellationToken cancellationToken = default) =>
        OpenReadAsync(options, checksTokenLater: false, cancellationToken);

    /// <summary>Runs a write in a transaction on the primary and commits it; the token of the commit comes back with the result.</summary>
    /// <remarks>
    /// The delegate may run again when the primary is lost before COMMIT was sent: nothing was applied then. Do not begin, commit or roll
    /// back in it.
    /// </remarks>
    /// <param name="write">Runs the statements.</param>
    /// <param name="options">What the write needs.</param>
    /// <param name="cancellationToken">Ends the write, until COMMIT is sent.</param>
    /// <exception cref="PrimaryUnavailableException">There was no primary in time; nothing was applied.</exception>
    /// <exception cref="WriteOutcomeUnknownException">The connection was lost after COMMIT had been sent.</exception>
    public async Task<WriteResult<T>> WriteAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> write, WriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(write);
        options ??= WriteOptions.Default;
        var writing = RouterActivity.Start("pgscale.write", options.Tier ?? Core.Options.DefaultTier) is { } activity
            ? TraceAsync(activity, Core.Writes.RunAsync(write, options, cancellationToken))
            : Core.Writes.RunAsync(write, options, cancellationToken);
        var result = await writing.ConfigureAwait(false);
        _ambient.Value?.Observe(result.Token);
        return result;
    }

    /// <inheritdoc cref="WriteAsync{T}(Func{NpgsqlConnection, CancellationToken, Task{T}}, WriteOptions, CancellationToken)"/>
    /// <returns>The token of the commit.</returns>
    public async Task<ConsistencyToken> WriteAsync(
        Func<NpgsqlConnection, CancellationToken, Task> write, WriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(write);
        var result = await WriteAsync<bool>(
            async (connection, token) =>
            {
                await write(connection, token).ConfigureAwait(false);
                return true;
            },
            options,
            cancellationToken).ConfigureAwait(false);
        return result.Token;
    }

    /// <summary>Opens a connection to the primary, waiting for one within the limit.</summary>
    /// <exception cref="PrimaryUnavailableException">There was none in time.</exception>
    public async ValueTask<WriteLease> OpenWriteAsync(WriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= WriteOptions.Default;
        var deadline = new WriteDeadline(options.FailoverTimeout ?? Core.Options.FailoverTimeout, _time);
        var session = await Core.Writes.OpenAsync(Core.Routes.Get(options.Tier), deadline, cancellationToken).ConfigureAwait(false);
        return new(session, _ambient.Value, _time);
    }

    /// <summary>The tier's reads as a <see cref="DbDataSource"/>, for EF Core, Dapper and whatever else takes one.</summary>
    /// <remarks>
    /// A node is chosen each time a connection is opened, another one if that does not answer; an ambient scope's token counts, and the
    /// scope learns how far the node was when the connection is closed. Commands, readers and transactions are Npgsql's own, and read-only.
    /// </remarks>
    /// <param name="tier">The tier; default the default tier.</param>
    /// <exception cref="ArgumentException">There is no such tier.</exception>
    public DbDataSource AsDataSource(string? tier = null)
    {
        var name = Core.Routes.Get(tier).Name;
        return new RoutedDataSource(this, new() { Tier = name });
    }

    /// <summary>
    /// Begins an ambient scope: every read in it sees every write in it and everything up to the given token, and reads never go back.
    /// </summary>
    /// <param name="token">Where to begin, for instance from a cookie; default nowhere.</param>
    public ConsistencyScope BeginConsistencyScope(ConsistencyToken token = default) => new(_ambient, token);

    /// <param name="options">What the read needs.</param>
    /// <param name="checksTokenLater">Whether the caller sees to it that the token is checked before anything is read.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal async ValueTask<ReadLease> OpenReadAsync(ReadOptions? options, bool checksTokenLater, CancellationToken cancellationToken)
    {
        var run = new ReadRun(Resolve(options)) { ChecksTokenLater = checksTokenLater };
        await run.Tier.Places.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return new(await Core.Sessions.OpenAsync(run, isHedge: false, cancellationToken).ConfigureAwait(false), run, Core);
        }
        catch
        {
            run.Tier.Places.Leave();
            throw;
        }
    }

    internal ReadRequest Resolve(ReadOptions? options)
    {
        options ??= ReadOptions.Default;
        var scope = _ambient.Value;
        var token = scope is null ? options.Token : ConsistencyToken.Max(scope.Token, options.Token);
        return new(Core.Routes.Get(options.Tier), options, token, scope);
    }

    private Task<T> RunAsync<T>(ReadWork<T> read, CancellationToken cancellationToken) =>
        RouterActivity.Start("pgscale.read", read.Tier.Name) is { } activity
            ? TraceAsync(activity, Core.Reads.RunAsync(read, cancellationToken))
            : Core.Reads.RunAsync(read, cancellationToken);

    private static async Task<T> TraceAsync<T>(System.Diagnostics.Activity activity, Task<T> work)
    {
        using (activity)
        {
            try
            {
                return await work.ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                activity.Failed(failure);
                throw;
            }
        }
    }
}
