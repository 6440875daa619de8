using System.Globalization;
using PgScale.Cluster;

namespace PgScale.IntegrationTests.Buffering;

/// <summary>A process that enqueues without end and says how much was acknowledged, until it is killed.</summary>
internal static class DurableProducer
{
    internal static async Task RunAsync(string connection, string directory)
    {
        await using var buffered = await Buffered.StartAsync(
            [new NodeOptions { Name = "primary", ConnectionString = connection }],
            builder => DurableSetup.Add(builder, directory));
        var (items, hits) = (buffered.Get<Entry>(), buffered.Get<Hit>());
        var id = long.Parse((await Console.In.ReadLineAsync())!, CultureInfo.InvariantCulture);
        while (true)
        {
            id++;
            while (!items.TryEnqueue(new(id, "")) || !hits.TryEnqueue(new(id % 10, default)))
            {
                await Task.Yield();
            }

            if (id % 100 == 0)
            {
                await Console.Out.WriteLineAsync(id.ToString(CultureInfo.InvariantCulture)); // both are on disk
            }
        }
    }
}
