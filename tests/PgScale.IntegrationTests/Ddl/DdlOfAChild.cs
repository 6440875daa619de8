using PgScale.Cluster;
using PgScale.Ddl;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>Runs the plan with a step of every kind up to a point, says that it is there, and waits to be killed.</summary>
internal static class DdlOfAChild
{
    public static async Task RunAsync(string connection, string stop)
    {
        await using var executed = await Executed.StartAsync([new NodeOptions { Name = "primary", ConnectionString = connection }]);
        await executed.Ddl.ExecuteAsync(Plans.OfEveryKind(), new Stop(stop));
        await Console.Out.WriteLineAsync("done");
    }

    private sealed class Stop(string stop) : IProgress<DdlProgress>
    {
        public void Report(DdlProgress value)
        {
            if ($"{value.Step}:{value.Stage}" == stop)
            {
                Console.Out.WriteLine("here");
                Console.In.ReadLine();
            }
        }
    }
}
