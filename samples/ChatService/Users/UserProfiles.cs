using Dapper;
using PgScale.Caching;
using PgScale.Routing;

namespace PgScale.Samples.ChatService.Users;

/// <summary>Profiles, read very often and changed hardly ever: cached, and removed with the token of each change.</summary>
internal sealed class UserProfiles(ReplicaRouter router, CacheWithLocking cache)
{
    private const string FindSql = "SELECT id, name, about FROM users WHERE id = @id";
    private const string RenameSql = "UPDATE users SET name = @name WHERE id = @id";

    public ValueTask<UserProfile?> FindAsync(long id, CancellationToken cancellationToken) => cache.GetOrCreateAsync(
        KeyOf(id),
        // The token says how fresh the load has to be, so that it cannot bring back what was just changed.
        async (fill, stop) => await router.ReadAsync(
            (connection, end) => connection.QuerySingleOrDefaultAsync<UserProfile?>(new CommandDefinition(FindSql, new { id }, cancellationToken: end)),
            new ReadOptions { Token = fill.Token },
            stop),
        cancellationToken: cancellationToken);

    /// <summary>Renames a user; nobody sees the old name afterwards, on no server and in no process.</summary>
    /// <returns>Whether there is such a user.</returns>
    public async Task<bool> RenameAsync(long id, string name, CancellationToken cancellationToken)
    {
        var write = await router.WriteAsync(
            (connection, stop) => connection.ExecuteAsync(new CommandDefinition(RenameSql, new { id, name }, cancellationToken: stop)),
            new WriteOptions { Idempotent = true },
            cancellationToken);
        // What is written has to be removed, also when the client has gone meanwhile.
        await cache.RemoveAsync(KeyOf(id), write.Token, CancellationToken.None);
        return write.Value == 1;
    }

    private static string KeyOf(long id) => $"profile:{id}";
}
