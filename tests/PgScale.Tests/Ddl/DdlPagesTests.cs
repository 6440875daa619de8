using System.Text;
using PgScale.Benchmarks.Harness;
using PgScale.Ddl;
using PgScale.Tests.Corpus;

namespace PgScale.Tests.Ddl;

/// <summary>The pages of the rules and the table of locks are made from the rules and the recorded truth.</summary>
internal sealed class DdlPagesTests
{
    private const string Accept = "PGSCALE_ACCEPT_DOCS";

    [TestCaseSource(nameof(Rules))]
    public Task Page_of_a_rule_is_made_from_the_rule(string id) => PageAsync(DdlRules.Find(id)!.Documentation, RulePage(DdlRules.Find(id)!));

    [Test]
    public Task Table_of_locks_is_made_from_the_truth() => PageAsync("docs/ddl-locks.md", LocksPage());

    private static IEnumerable<string> Rules() => DdlRules.All.Select(rule => rule.Id);

    private static async Task PageAsync(string file, string wanted)
    {
        var path = Path.Combine(Repository.Root, file);
        if (Environment.GetEnvironmentVariable(Accept) is "1")
        {
            await File.WriteAllTextAsync(path, wanted);
        }

        Assert.That(File.Exists(path) ? await File.ReadAllTextAsync(path) : "", Is.EqualTo(wanted), $"If you mean it, run: {Accept}=1 ./build.sh test --filter DdlPages");
    }

    private static string RulePage(DdlRule rule) => $"""
        # {rule.Id} {rule.Title}

        {rule.Hazard}

        ## Instead

        {rule.SafeWay}

        ```sql
        -- stopped
        {rule.UnsafeExample};

        -- passes
        {rule.SafeExample};
        ```

        When it is right here all the same, let it pass with a reason that is kept in the history: `new DdlOverride("{rule.Id}", "why")`{(rule == DdlRules.NotRecognised || rule == DdlRules.ServerDisagrees ? " has no effect on this rule, because the locks of such a statement are not known" : "")}.

        """;

    private static string LocksPage()
    {
        StringBuilder page = new("""
            # What each statement locks

            Taken from PostgreSQL 15, statement by statement, by running it and rolling it back: the strongest lock on each table that was there before, the relations that got new files (*rewrites*) and those that were read in whole (*scans*). `AccessExclusive` stops reads, `Share` and `ShareRowExclusive` stop writes, `ShareUpdateExclusive` stops other schema changes only. The tables are those of [the corpus](../tests/corpus/ddl/schema.sql).

            | Statement | Locks | Rewrites | Scans | Verdict |
            |---|---|---|---|---|

            """);
        Dictionary<string, Truth> truth = Truth.Read(15);
        foreach (CorpusRow row in CorpusRow.All.Where(row => truth[row.Id] is { Outcome: "ok", Locks.Length: > 0 }))
        {
            Truth seen = truth[row.Id];
            page.Append(System.Globalization.CultureInfo.InvariantCulture, $"| `{row.Sql.Replace('\n', ' ').Replace("|", "\\|", StringComparison.Ordinal)}` | {seen.Locks.Replace("Lock", "", StringComparison.Ordinal).Replace("=", " ", StringComparison.Ordinal)} | {seen.Rewrites} | {seen.Scans} | {row.Expected.ToString().ToLowerInvariant()} |\n");
        }

        return page.ToString();
    }
}
