using Npgsql;
using PgScale.Samples.ChatService.Demo.Servers;
using PgScale.Samples.ChatService.Demo.Traffic;

namespace PgScale.Samples.ChatService.Demo.Measures;

/// <summary>The same traffic on one side alone, after a warm-up: what it costs the primary.</summary>
internal sealed class CostMeasurement(ChatServers servers, DemoLength length, TimeProvider time)
{
    // Longer than the buffers wait, so that what the measured requests left in them is measured too.
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);

    public async Task<SideCost> RunAsync(Side side, CancellationToken cancellationToken)
    {
        await side.RunAsync(length.Rate, length.WarmUp, time, cancellationToken);
        await Task.Delay(Settle, time, cancellationToken);
        await using var primary = NpgsqlDataSource.Create(servers.Primary.GetConnectionString(ChatServers.With));
        var before = await PrimaryCost.ReadAsync(primary, side.Database, cancellationToken);
        var (tally, requestsBefore) = (side.Books.StartTally(), side.Books.Requests);
        await side.RunAsync(length.Rate, length.Measured, time, cancellationToken);
        await Task.Delay(Settle, time, cancellationToken);
        var after = await PrimaryCost.ReadAsync(primary, side.Database, cancellationToken);
        return new(tally, side.Books.Requests - requestsBefore, after - before);
    }
}
