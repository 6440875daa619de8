using Microsoft.Extensions.Hosting;
using Npgsql;
using PgScale.Backfill;

namespace PgScale.Tests.Docs.Snippets;

/// <summary>The code of docs/backfill.md.</summary>
internal static class BackfillPage
{
    public static BackfillDefinition Computed { get; } = new("compute-v", "posts")
    {
        Work = async (batch, cancellationToken) =>
        {
            var ids = batch.GetKeys<long>();
            await using var command = new NpgsqlCommand("UPDATE posts SET v = d.v FROM unnest($1, $2) AS d(id, v) WHERE posts.id = d.id", batch.Connection);
            command.Parameters.Add(new() { Value = ids });
            command.Parameters.Add(new() { Value = await ComputeAsync(ids, cancellationToken) });
            return await command.ExecuteNonQueryAsync(cancellationToken);
        },
    };

    public static async Task<BackfillStatus> RunAsync(
        IHostApplicationBuilder builder, ControlledBackfill backfill, IProgress<BackfillProgress> progress, CancellationToken stopping)
    {
        builder.Services.AddPgScale(builder.Configuration.GetSection("PgScale")).AddControlledBackfill();

        var status = await backfill.RunAsync(
            new BackfillDefinition("fill-priority", "orders")
            {
                Set = { ["priority"] = "calculate_priority(t.id)" },
                Where = "t.priority IS NULL",
            },
            progress,
            cancellationToken: stopping);
        return status;
    }

    private static Task<double[]> ComputeAsync(long[] ids, CancellationToken cancellationToken) =>
        Task.FromResult(Array.ConvertAll(ids, id => cancellationToken.IsCancellationRequested ? 0.0 : id));
}
