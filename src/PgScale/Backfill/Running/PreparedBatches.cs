using Npgsql;
using PgScale.Backfill.Planning;

namespace PgScale.Backfill.Running;

/// <summary>The statements of a range's batches, parsed by the server once; after that only values travel.</summary>
internal sealed class PreparedBatches(NpgsqlConnection connection)
{
    private readonly Dictionary<RowScope, NpgsqlBatch> _batches = [];

    /// <summary>One batch of three steps for a scope, with the values of these steps.</summary>
    internal async Task<NpgsqlBatch> GetAsync(
        RowScope scope, NpgsqlBatchCommand checkpoint, NpgsqlBatchCommand apply, NpgsqlBatchCommand lookAhead, CancellationToken cancellationToken)
    {
        if (_batches.TryGetValue(scope, out var known))
        {
            SetValues(known, checkpoint, apply, lookAhead);
            return known;
        }

        var batch = new NpgsqlBatch(connection) { BatchCommands = { checkpoint, apply, lookAhead } };
        if (!scope.HasFlag(RowScope.FromStart)) // which is sent once
        {
            await batch.PrepareAsync(cancellationToken).ConfigureAwait(false);
            _batches.Add(scope, batch);
        }

        return batch;
    }

    private static void SetValues(NpgsqlBatch batch, params ReadOnlySpan<NpgsqlBatchCommand> steps)
    {
        for (var step = 0; step < steps.Length; step++)
        {
            var (to, from) = (batch.BatchCommands[step].Parameters, steps[step].Parameters);
            for (var index = 0; index < from.Count; index++)
            {
                to[index].Value = from[index].Value;
            }
        }
    }
}
