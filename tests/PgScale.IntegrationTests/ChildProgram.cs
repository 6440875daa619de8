using PgScale.IntegrationTests.Backfill;
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
            case ["backfill", var table, .. var connectionStrings]:
                await BackfillOfAChild.RunAsync(table, connectionStrings);
                return 0;
            default:
                await Console.Error.WriteLineAsync("This program is started by tests only; run the tests with 'dotnet test'.");
                return 2;
        }
    }
}
