using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PgScale.Backfill.Ledger;
using PgScale.Backfill.Pacing;
using PgScale.Backfill.Planning;

namespace PgScale.Backfill.Running;

/// <summary>What all workers of one run in this process share.</summary>
internal sealed class RunContext(
    BackfillDefinition definition, ControlledBackfillOptions options, ControlledBackfillMetrics metrics, ILogger logger, TimeProvider time, string instance)
{
    internal BackfillDefinition Definition { get; } = definition;

    internal ControlledBackfillOptions Options { get; } = options;

    internal ControlledBackfillMetrics Metrics { get; } = metrics;

    internal ILogger Logger { get; } = logger;

    internal TimeProvider Time { get; } = time;

    internal string Instance { get; } = instance;

    internal string Name => Definition.Name;

    /// <summary>Who this process is, in the checkpoint.</summary>
    internal Guid Runner { get; } = Guid.NewGuid();

    internal RunTally Tally { get; } = new(time);

    internal RunPace Pace { get; } = new(definition, options);

    internal RowBudget Budget { get; } = new(time);

    internal SetAsideRows SetAside { get; } = new(options.MaxFailedRows);

    /// <summary>The server processes of this run's workers.</summary>
    internal ConcurrentDictionary<int, bool> Workers { get; } = new();

    internal IEnumerable<int> Pids => Workers.Keys;

    internal RunReport Report { get; private set; } = null!;

    internal required BackfillTable Table { get; init; }

    internal required StripeChoice Stripes { get; init; }

    internal required LedgerEntry Entry { get; init; }

    internal required LedgerBeginning Beginning { get; init; }

    internal required IReadOnlyList<BackfillSignal> Signals { get; init; }

    internal void ReportTo(IProgress<BackfillProgress>? progress) => Report = new(this, progress);

    /// <summary>The stage that comes after the definition's own: the rest, and then the sweep.</summary>
    internal bool IsSweep(int stage) => stage > Definition.Stages.Count;

    internal string StageName(int stage) => stage < Entry.Stages.Length ? Entry.Stages[stage] : "";

    internal BatchStatements StatementsOf(int stage) => new(Definition, Table, stage < Definition.Stages.Count ? Definition.Stages[stage].Where : null);
}
