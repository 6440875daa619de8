using System.Collections.Concurrent;

namespace PgScale.IntegrationTests.Routing;

/// <summary>What the clients of a consistency check saw.</summary>
internal sealed class CheckReport
{
    private readonly ConcurrentDictionary<string, long> _reads = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _failures = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _violations = new();

    private long _checked;
    private long _byReplicas;

    internal long Checked => Interlocked.Read(ref _checked);

    internal double ReplicaShare => Checked == 0 ? 0 : (double)Interlocked.Read(ref _byReplicas) / Checked;

    internal IReadOnlyCollection<string> Violations => _violations;

    internal long FailuresOf(string way) => _failures.Where(failure => failure.Key.StartsWith(way, StringComparison.Ordinal)).Sum(failure => failure.Value);

    internal void Count(string way, Sighting seen)
    {
        Interlocked.Increment(ref _checked);
        Interlocked.Add(ref _byReplicas, seen.IsReplica ? 1 : 0);
        _reads.AddOrUpdate(way, 1, static (_, count) => count + 1);
    }

    internal void Violate(string what) => _violations.Enqueue(what);

    internal void Fail(string way, Exception failure) =>
        _failures.AddOrUpdate($"{way}: {failure.GetType().Name} {(failure as Npgsql.PostgresException)?.SqlState}".Trim(), 1, static (_, count) => count + 1);

    public override string ToString() =>
        $"{Checked} reads checked, {_violations.Count} violations, {ReplicaShare:P1} served by replicas"
        + $"{Environment.NewLine}  reads: {Join(_reads)}{Environment.NewLine}  failed: {Join(_failures)}";

    private static string Join(ConcurrentDictionary<string, long> counts) =>
        counts.IsEmpty ? "none" : string.Join(", ", counts.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => $"{count.Key} {count.Value}"));
}
