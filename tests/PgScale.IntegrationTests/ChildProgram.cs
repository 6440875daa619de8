using PgScale.IntegrationTests.Backfill;
using PgScale.IntegrationTests.Buffering;
using PgScale.IntegrationTests.Buffering.Spool;
using PgScale.IntegrationTests.Caching;
using PgScale.IntegrationTests.Ddl;
using PgScale.IntegrationTests.Testing;

namespace PgScale.IntegrationTests;

/// <summary>What this assembly does when a test runs it as a process of its own, to kill it: <c>dotnet exec … VERB</c>.</summary>
internal static class ChildProgram
{
    private static async Task<int> Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["start-servers"]:
                await ServersOfAChild.RunAsync();
                return 0;
            case ["cache", var redis]:
                await CacheOfAChild.RunAsync(redis);
                return 0;
            case ["write-spool", var directory, var acknowledgements]:
                await SpoolWriter.RunAsync(directory, acknowledgements);
                return 0;
            case ["enqueue-durably", var connection, var directory]:
                await DurableProducer.RunAsync(connection, directory);
                return 0;
            case ["run-ddl", var connection, var stop]:
                await DdlOfAChild.RunAsync(connection, stop);
                return 0;
            case ["run-ddl-corpus", var connection, var stop, .. var ids]:
                await DdlOfAChild.RunAsync(connection, stop, ids);
                return 0;
            case ["backfill", var table, .. var connectionStrings]:
                await BackfillOfAChild.RunAsync(table, connectionStrings);
                return 0;
            default:
                await Console.Error.WriteLineAsync("This program is started by tests only; run the tests with 'dotnet test'.");
                return 2;
        }
    }
}
