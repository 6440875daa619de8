namespace PgScale.Ddl.Execution;

/// <summary>Makes sure that the pinned connection is still served by the process that has the runner's lock.</summary>
internal static class PinnedProcess
{
    internal static async Task RequireAsync(DdlSession session, CancellationToken cancellationToken)
    {
        var now = await Sql.ScalarAsync<int>(session.Pinned, "SELECT pg_catalog.pg_backend_pid()", cancellationToken).ConfigureAwait(false);
        if (now != session.Pid)
        {
            throw PoolerCheck.Refusal($"The connection for schema changes was served by the server process {session.Pid} and then by {now}: a pooler shares it.");
        }
    }
}
