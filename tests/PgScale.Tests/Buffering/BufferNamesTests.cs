using PgScale.Buffering;
using PgScale.Buffering.Sinks;

namespace PgScale.Tests.Buffering;

/// <summary>What registration refuses, and how names are quoted.</summary>
public sealed class BufferNamesTests
{
    [TestCase("log", "\"log\"")]
    [TestCase("app.Log", "\"app\".\"Log\"")]
    [TestCase("\"a.b\".c", "\"a.b\".\"c\"")]
    [TestCase("a; DROP TABLE b", "\"a; DROP TABLE b\"")]
    public void Table_is_quoted(string given, string quoted) => Assert.That(TableName.Parse(given).Quoted, Is.EqualTo(quoted));

    [TestCase("")]
    [TestCase("a.")]
    [TestCase("a.b.c")]
    public void Name_that_is_none_is_refused(string given) => Assert.That(() => TableName.Parse(given), Throws.ArgumentException);

    [Test]
    public void Merge_that_guards_a_column_counts_nothing_beside_it() =>
        Assert.That(
            () => Build(to => to.MergeInto("user").Key("id", item => item).MaxIfChangedByMoreThan("last_seen", _ => default(DateTime), TimeSpan.FromHours(1)).Sum("visits", _ => 1)),
            Throws.InvalidOperationException.With.Message.Contains("'visits'"));

    [Test]
    public void Buffer_without_a_sink_is_refused() => Assert.That(() => Build(_ => { }), Throws.InvalidOperationException.With.Message.Contains("AppendTo, MergeInto or FlushWith"));

    [Test]
    public void Buffer_with_two_sinks_is_refused() =>
        Assert.That(
            () => Build(to =>
            {
                to.AppendTo("a").Column("id", item => item);
                to.AppendTo("b").Column("id", item => item);
            }),
            Throws.InvalidOperationException.With.Message.Contains("has a sink already"));

    [Test]
    public void Column_that_is_mapped_twice_is_refused() =>
        Assert.That(() => Build(to => to.AppendTo("a").Column("id", item => item).Column("id", item => item)), Throws.ArgumentException.With.Message.Contains("mapped twice"));

    [Test]
    public void Defaults_are_valid_and_each_bound_is_checked()
    {
        LazyWriteBufferOptionsValidator validator = new();
        Assert.That(validator.Validate("log", new()).Succeeded, Is.True);
        var wrong = validator.Validate("log", new() { MaxItems = 0, FlushInterval = TimeSpan.Zero, MaxConnections = 17, Tier = "" });
        Assert.That(wrong.Failures, Has.Exactly(4).Items);
        Assert.That(wrong.FailureMessage, Does.Contain("PgScale:Buffering:log:MaxItems is 0; it must be from 1 to 10000000."));
    }

    private static SinkPlan<long> Build(Action<LazyWriteBufferBuilder<long>> build)
    {
        LazyWriteBufferBuilder<long> builder = new("numbers");
        build(builder);
        return builder.Plan;
    }
}
