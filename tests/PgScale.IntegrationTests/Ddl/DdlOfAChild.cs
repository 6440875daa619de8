using System.Globalization;
using PgScale.Cluster;
using PgScale.Ddl;
using PgScale.Tests.Corpus;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>Runs plans up to a point, says that it is there, and waits to be killed.</summary>
internal static class DdlOfAChild
{
    /// <summary>The plan with a step of every kind.</summary>
    public static async Task RunAsync(string connection, string stop)
    {
        await using var executed = await Executed.StartAsync([new NodeOptions { Name = "primary", ConnectionString = connection }]);
        await executed.Ddl.ExecuteAsync(Plans.OfEveryKind(), new Stop(stop, () =>
        {
            Console.Out.WriteLine("here");
            Console.In.ReadLine();
        }));
        await Console.Out.WriteLineAsync("done");
    }

    /// <summary>Statements of the corpus, each in a database of its own and all up to the same point; says how many have come to it.</summary>
    public static async Task RunAsync(string connection, string stop, string[] ids)
    {
        var (stopped, done) = (0, 0);
        ThreadPool.SetMinThreads(4 * ids.Length, 4 * ids.Length); // whoever is stopped keeps its thread
        await Task.WhenAll(ids.Select(id => Task.Run(() => RunOneAsync(connection, stop, id, Halt, Done))));
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);

        void Halt()
        {
            Tell(ref stopped);
            Thread.CurrentThread.Join(); // until this process is killed
        }

        void Done() => Tell(ref done);

        void Tell(ref int count)
        {
            Interlocked.Increment(ref count);
            if (Volatile.Read(ref stopped) + Volatile.Read(ref done) == ids.Length)
            {
                Console.Out.WriteLine(stopped.ToString(CultureInfo.InvariantCulture));
            }
        }
    }

    /// <summary>The database of a statement.</summary>
    public static string DatabaseOf(string id) => id.Replace('-', '_');

    /// <summary>The options of all these runs: no table is small.</summary>
    public static void Configure(SafeDdlExecutorOptions options) => options.Policy = new() { LargestPlainTable = 0 };

    private static async Task RunOneAsync(string connection, string stop, string id, Action halt, Action done)
    {
        Npgsql.NpgsqlConnectionStringBuilder address = new(connection) { Database = DatabaseOf(id) };
        await using var executed = await Executed.StartAsync([new NodeOptions { Name = "primary", ConnectionString = address.ConnectionString }], Configure);
        try
        {
            if (await executed.Ddl.GetHistoryAsync(1) is not [{ Outcome: DdlOutcome.Succeeded }])
            {
                await executed.Ddl.ExecuteAsync(CorpusRow.All.Single(row => row.Id == id).Sql, new Stop(stop, halt));
            }
        }
        catch (DdlException failure)
        {
            await Console.Error.WriteLineAsync($"{id}: {failure.Message}");
        }

        done();
    }

    private sealed class Stop(string stop, Action halt) : IProgress<DdlProgress>
    {
        public void Report(DdlProgress value)
        {
            if ($"{value.Step}:{value.Stage}" == stop)
            {
                halt();
            }
        }
    }
}
