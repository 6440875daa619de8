using Dapper;
using Npgsql;

namespace PgScale.Samples.ChatService.Demo.Without;

/// <summary>
/// The same service as it is mostly written first: one data source on the primary, no cache, and an UPDATE for every hit. It answers to the
/// same requests.
/// </summary>
internal sealed class PlainChat(NpgsqlDataSource primary) : IAsyncDisposable
{
    private NpgsqlDataSource _primary = primary;

    public WebApplication Create()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Use(NoteAsync);
        app.MapGet("/users/{id:long}", (long id) => FindAsync("SELECT id, name, about FROM users WHERE id = @id", id));
        app.MapGet("/conversations/{id:long}", (long id) =>
            FindAsync("SELECT c.id, c.title, u.name AS \"ownerName\" FROM conversations AS c JOIN users AS u ON u.id = c.owner_id WHERE c.id = @id", id));
        app.MapGet("/users/{id:long}/conversations", (long id) => ListAsync(
            """
            SELECT id, title, message_count AS "messageCount", last_message_at AS "lastMessageAt"
            FROM conversations WHERE owner_id = @id ORDER BY last_message_at DESC NULLS LAST LIMIT 50
            """,
            id));
        app.MapGet("/conversations/{id:long}/messages", (long id) => ListAsync(
            """SELECT id, author_id AS "authorId", sent_at AS "sentAt", body FROM messages WHERE conversation_id = @id ORDER BY id DESC LIMIT 20""", id));
        app.MapPut("/users/{id:long}/name", (long id, NameBody body) => ExecuteAsync("UPDATE users SET name = @name WHERE id = @id", new { id, name = body.Name }));
        app.MapPost("/conversations/{id:long}/messages", SendAsync);
        return app;
    }

    /// <summary>What an operator does after a failover: the service learns where the primary is now.</summary>
    public async Task MoveAsync(NpgsqlDataSource newPrimary)
    {
        var old = Interlocked.Exchange(ref _primary, newPrimary);
        await old.DisposeAsync();
    }

    public ValueTask DisposeAsync() => _primary.DisposeAsync();

    private async Task NoteAsync(HttpContext context, RequestDelegate next)
    {
        var user = long.Parse(context.Request.Headers["X-User"].ToString());
        await ExecuteAsync("UPDATE users SET last_seen = now() WHERE id = @user", new { user });
        await next(context);
        await ExecuteAsync(
            "INSERT INTO operation_log (at, user_id, method, path, status, seconds) VALUES (now(), @user, @method, @path, @status, 0)",
            new { user, method = context.Request.Method, path = context.Request.Path.ToString(), status = context.Response.StatusCode });
    }

    private async Task<IResult> SendAsync(long id, HttpContext context, MessageBody body)
    {
        await using var connection = await _primary.OpenConnectionAsync(context.RequestAborted);
        await using var transaction = await connection.BeginTransactionAsync(context.RequestAborted);
        var author = long.Parse(context.Request.Headers["X-User"].ToString());
        await connection.ExecuteAsync(
            "INSERT INTO messages (id, conversation_id, author_id, sent_at, body) VALUES (@message, @id, @author, now(), @Body)", new { message = body.Id, id, author, body.Body });
        await connection.ExecuteAsync("UPDATE conversations SET message_count = message_count + 1, last_message_at = now() WHERE id = @id", new { id });
        await transaction.CommitAsync(context.RequestAborted);
        return TypedResults.Created();
    }

    private async Task<IResult> FindAsync(string sql, long id)
    {
        await using var connection = await _primary.OpenConnectionAsync();
        return await connection.QuerySingleOrDefaultAsync(sql, new { id }) is { } row ? TypedResults.Ok(row) : TypedResults.NotFound();
    }

    private async Task<IResult> ListAsync(string sql, long id)
    {
        await using var connection = await _primary.OpenConnectionAsync();
        return TypedResults.Ok(await connection.QueryAsync(sql, new { id }));
    }

    private async Task<int> ExecuteAsync(string sql, object values)
    {
        await using var connection = await _primary.OpenConnectionAsync();
        return await connection.ExecuteAsync(sql, values);
    }

    private sealed record NameBody(string Name);

    private sealed record MessageBody(Guid Id, string Body);
}
