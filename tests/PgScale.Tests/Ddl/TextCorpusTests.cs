using PgScale.Ddl;
using PgScale.Ddl.Judgement;
using PgScale.Tests.Corpus;

namespace PgScale.Tests.Ddl;

/// <summary>The judge without a server against the recorded truth.</summary>
internal sealed class TextCorpusTests
{
    private static readonly Dictionary<string, DdlPlan> Plans = CorpusRow.All.ToDictionary(row => row.Id, row => new DdlJudge().JudgeText(row.Sql, DdlPolicy.Default), StringComparer.Ordinal);

    [TestCase(15)]
    [TestCase(16)]
    [TestCase(18)]
    public void Nothing_dangerous_is_called_safe_by_the_text_alone(int major)
    {
        Dictionary<string, Truth> truth = Truth.Read(major);
        Assert.That(CorpusRow.All.Where(row => truth[row.Id].Dangerous && Plans[row.Id].Verdict == DdlVerdict.Safe), Is.Empty);
    }

    // Whether a table is empty or there at all is not in the text; rows about that are no question to it. As with other tools that
    // read text, right is who says safe where safe is right: which way is safe, and what stands in it, takes a server.
    [Test]
    public void Nine_of_ten_verdicts_need_no_server()
    {
        string[] unknowable = ["empty", "hollow", "nothing", "missing"];
        List<CorpusRow> asked = [.. CorpusRow.All.Where(row => !unknowable.Any(word => row.Sql.Contains(word, StringComparison.Ordinal)))];
        List<CorpusRow> wrong = [.. asked.Where(row => (Plans[row.Id].Verdict == DdlVerdict.Safe) != (row.Expected == DdlVerdict.Safe))];
        var report = $"{asked.Count - wrong.Count} of {asked.Count} verdicts are right.\n" + string.Join('\n', wrong.Select(row => $"{row}\n    {Plans[row.Id].Verdict}: {Plans[row.Id].Reason}"));
        TestContext.Out.WriteLine(report);
        Assert.That((double)wrong.Count / asked.Count, Is.LessThanOrEqualTo(0.1), report);
    }

    [Test]
    public void Refusals_say_why_and_what_to_do() =>
        Assert.That(Plans.Values.Where(plan => plan.Verdict == DdlVerdict.Refused && (plan.Reason.Length == 0 || string.IsNullOrEmpty(plan.Remedy) || plan.Findings.Count == 0)), Is.Empty);
}
