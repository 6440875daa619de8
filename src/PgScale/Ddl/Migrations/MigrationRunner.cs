using PgScale.Ddl.Execution;
using PgScale.Ddl.History;

namespace PgScale.Ddl.Migrations;

/// <summary>Runs what has not been run of a folder, statement by statement.</summary>
internal sealed class MigrationRunner(RunContext run, StatementRunner statements)
{
    /// <summary>Runs them; stops at the first that fails or has to pause.</summary>
    internal async Task<List<DdlRun>> RunAsync(IReadOnlyList<DdlMigration> files, CancellationToken cancellationToken)
    {
        var applied = await HistoryReader.AppliedAsync(run.Session.Pinned, cancellationToken).ConfigureAwait(false);
        var done = applied.Select(one => (one.File, one.Position)).ToHashSet();
        var runs = new List<DdlRun>();
        foreach (var file in MigrationFolder.Compare(files, applied, run.Options.AllowOutOfOrder).Where(file => !file.IsApplied))
        {
            for (var position = 0; position < file.Statements.Count; position++)
            {
                if (done.Contains((file.Name, position)))
                {
                    continue;
                }

                var place = new MigrationPlace(file.Name, position, file.Statements.Count, file.Checksum);
                runs.Add(await statements.RunAsync(file.Statements[position], plan: null, place, cancellationToken).ConfigureAwait(false));
                if (runs[^1].Outcome == DdlOutcome.Paused)
                {
                    return runs;
                }
            }
        }

        return runs;
    }
}
