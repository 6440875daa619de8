using PgScale.Ddl;

namespace PgScale.Tests.Ddl;

public sealed class SafeDdlExecutorOptionsValidatorTests
{
    [Test]
    public void Defaults_are_valid() => Assert.That(Problems(_ => { }), Is.Empty);

    [Test]
    public void Each_problem_is_named_with_its_value() => Assert.That(
        Problems(options =>
        {
            options.LockQueueTime = TimeSpan.FromSeconds(2);
            options.BackfillBatch = 0;
            options.Policy = new() { LargestPlainTable = -1, Overrides = [new DdlOverride("PGS999", "why not")] };
        }),
        Is.EqualTo(new[]
        {
            "PgScale:Ddl:LockQueueTime is 2 s; it must be from 1 ms to 1 s.",
            "PgScale:Ddl:BackfillBatch is 0; it must be from 1 to 100000.",
            "PgScale:Ddl:Policy:LargestPlainTable is -1; it must be 0 or more bytes.",
            $"PgScale:Ddl:Policy:Overrides names the rule 'PGS999', which does not exist. Rules are called PGS001 to {DdlRules.All[^1].Id}.",
        }));

    [Test]
    public void To_end_sessions_without_saying_whose_is_refused() => Assert.That(
        Problems(options => options.Policy = new() { Blockers = new() { Action = DdlBlockerAction.Terminate } }),
        Has.Exactly(1).Contains("no application may be touched"));

    [TestCase("Host=a;Password=secret;Nonsense=secret")]
    [TestCase("Username=secret")]
    public void A_connection_string_that_cannot_work_is_refused_without_showing_it(string text) => Assert.That(
        Problems(options => options.ConnectionString = text),
        Has.Exactly(1).Contains("PgScale:Ddl:ConnectionString").And.None.Contains("secret"));

    private static IEnumerable<string> Problems(Action<SafeDdlExecutorOptions> change)
    {
        var options = new SafeDdlExecutorOptions();
        change(options);
        return new SafeDdlExecutorOptionsValidator().Validate(null, options).Failures ?? [];
    }
}
