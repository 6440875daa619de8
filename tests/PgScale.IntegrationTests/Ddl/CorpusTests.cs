using PgScale.Ddl;
using PgScale.Ddl.Judgement;
using PgScale.IntegrationTests.Cluster;
using PgScale.Tests.Corpus;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>The judge with a database against a live server, statement by statement, on each version.</summary>
[TestFixtureSource(typeof(EveryVersion), nameof(EveryVersion.All))]
internal sealed class CorpusTests(int? version)
{
    private const string Accept = "PGSCALE_ACCEPT_TRUTH";

    // The weaker ones are those of every read and write: they wait only for the strongest.
    private static readonly int StopsSomeone = Truth.Rank("ShareUpdateExclusiveLock");

    private readonly Dictionary<string, Truth> _truth = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DdlPlan> _plans = new(StringComparer.Ordinal);
    private int _major;

    [OneTimeSetUp]
    public async Task Judge_everything_and_take_the_truth()
    {
        await using CorpusDatabase database = await CorpusDatabase.StartAsync(version);
        _major = database.Major;
        DdlJudge judge = new();
        foreach (CorpusRow row in CorpusRow.All)
        {
            _plans[row.Id] = await judge.JudgeAsync(row.Sql, database.Connection, DdlPolicy.Default with { LargestPlainTable = 0 }, CancellationToken.None);
            _truth[row.Id] = await database.TakeAsync(row);
        }

        if (Environment.GetEnvironmentVariable(Accept) is "1")
        {
            await File.WriteAllLinesAsync(Truth.FileFor(_major), _truth.Values.Select(truth => truth.Line).Prepend(Truth.Header));
        }
    }

    [Test]
    public void Truth_on_record_is_what_the_server_does()
    {
        if (!File.Exists(Truth.FileFor(_major)))
        {
            Assert.Ignore($"There is no record for PostgreSQL {_major}; {Accept}=1 makes one.");
        }

        Dictionary<string, Truth> recorded = Truth.Read(_major);
        Assert.That(_truth.Values.Where(truth => recorded.GetValueOrDefault(truth.Id) != truth).Select(truth => truth.Line), Is.Empty,
            $"When the server is right and the corpus has changed, run with {Accept}=1.");
    }

    [Test]
    public void Nothing_dangerous_is_called_safe() =>
        Assert.That(CorpusRow.All.Where(row => _truth[row.Id].Dangerous && _plans[row.Id].Verdict == DdlVerdict.Safe), Is.Empty);

    [Test]
    public void Nothing_that_the_server_rejects_is_called_safe() =>
        Assert.That(CorpusRow.All.Where(row => _truth[row.Id].Outcome is not ("ok" or "none" or "unseen") && _plans[row.Id].Verdict == DdlVerdict.Safe), Is.Empty);

    [Test]
    public void Expected_verdicts_never_call_a_danger_safe() =>
        Assert.That(CorpusRow.All.Where(row => _truth[row.Id].Dangerous && row.Expected == DdlVerdict.Safe), Is.Empty);

    [Test]
    public void Verdicts_are_right() => AtLeast(0.98, "verdicts", CorpusRow.All, row => _plans[row.Id].Verdict == row.Expected, row => $"{_plans[row.Id].Verdict}: {_plans[row.Id].Reason}");

    [Test]
    public void Strongest_locks_are_predicted() => AtLeast(0.99, "strongest locks", Ran(), row => Strongest(row) == _truth[row.Id].Strongest, row => $"{Strongest(row)}, not {_truth[row.Id].Strongest}");

    [Test]
    public void All_locks_are_predicted() => AtLeast(0.98, "lists of locks", Ran(), row => Locks(row) == Recorded(row), row => $"[{Locks(row)}], not [{Recorded(row)}]");

    [Test]
    public void Rewrites_are_predicted() => AtLeast(0.98, "rewrites", Ran(), row => Whether(_plans[row.Id].Rewrites) == Whether(_truth[row.Id].Rewrites), row => $"[{string.Join(' ', _plans[row.Id].Rewrites)}], not [{_truth[row.Id].Rewrites}]");

    private List<CorpusRow> Ran() => [.. CorpusRow.All.Where(row => _truth[row.Id].Outcome == "ok" && _plans[row.Id].Command is not null && !_plans[row.Id].Rules.Contains("PGS024", StringComparer.Ordinal) && _plans[row.Id].Locks.Count + _truth[row.Id].Locks.Length > 0)];

    private string Strongest(CorpusRow row) => Tables(row).Select(taken => taken.ServerMode).OrderByDescending(Truth.Rank).FirstOrDefault("");

    private string Recorded(CorpusRow row) => string.Join(' ', _truth[row.Id].LockList.Where(one => Truth.Rank(one[(one.LastIndexOf('=') + 1)..]) >= StopsSomeone));

    private string Locks(CorpusRow row) => string.Join(' ', Tables(row).Where(taken => Truth.Rank(taken.ServerMode) >= StopsSomeone).Select(taken => $"{Plain(taken.Relation)}={taken.ServerMode}").Order(StringComparer.Ordinal));

    // The truth leaves indexes out.
    private IEnumerable<DdlLock> Tables(CorpusRow row) => _plans[row.Id].Locks.Where(taken => !Plain(taken.Relation).Contains("_idx", StringComparison.Ordinal) && !Plain(taken.Relation).Contains("lower", StringComparison.Ordinal));

    private static string Plain(string relation) => relation.Replace("public.", "", StringComparison.Ordinal).Replace("\"", "", StringComparison.Ordinal).Replace(' ', '_');

    private static bool Whether(IReadOnlyList<string> relations) => relations.Count > 0;

    private static bool Whether(string relations) => relations.Length > 0;

    private void AtLeast(double share, string what, IReadOnlyList<CorpusRow> rows, Func<CorpusRow, bool> right, Func<CorpusRow, string> explain)
    {
        List<CorpusRow> wrong = [.. rows.Where(row => !right(row))];
        var report = $"PostgreSQL {_major}: {rows.Count - wrong.Count} of {rows.Count} {what} are right.\n" + string.Join('\n', wrong.Select(row => $"{row}\n    {explain(row)}"));
        TestContext.Out.WriteLine(report);
        Assert.That(1.0 - ((double)wrong.Count / rows.Count), Is.GreaterThanOrEqualTo(share), report);
    }
}
