using System.Text.Json;
using PgScaleCommandLine = PgScale.Cli.CommandLine;

namespace PgScale.Tests.Cli;

public sealed class CommandLineTests
{
    private string _file = null!;

    [SetUp]
    public void MakeFile() => _file = Path.GetTempFileName();

    [TearDown]
    public void DeleteFile() => File.Delete(_file);

    [Test]
    public async Task Lint_prints_one_object_for_each_statement()
    {
        (var code, var output, _) = await RunAsync("ALTER TABLE t ADD COLUMN a int; ALTER TABLE t ADD COLUMN b int", "ddl", "lint", "--json", _file);

        var objects = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.That(code, Is.EqualTo(0), output);
        Assert.That(objects.Select(one => one.GetProperty("statement").GetString()), Is.EqualTo(new[] { "ALTER TABLE t ADD COLUMN a int", "ALTER TABLE t ADD COLUMN b int" }));
        Assert.That(objects[0].GetProperty("locks")[0].GetProperty("mode").GetString(), Is.EqualTo("AccessExclusiveLock"));
        Assert.That(
            objects[0].EnumerateObject().Select(property => property.Name),
            Is.SupersetOf(new[] { "statement", "verdict", "reason", "rules", "locks", "rewrites", "scans", "steps" }));
    }

    [TestCase("CREATE INDEX ON t (a)", "", ExpectedResult = 1)]
    [TestCase("CREATE INDEX i ON t (a)", "--allow-planned", ExpectedResult = 0)]
    [TestCase("UPDATE t SET a = 1", "--allow-planned", ExpectedResult = 1)]
    [TestCase("SELECT 'without an end", "", ExpectedResult = 1)]
    [TestCase("", "", ExpectedResult = 0)]
    public async Task<int> Lint_fails_when_a_statement_is_not_safe(string sql, string option)
    {
        string[] arguments = ["ddl", "lint", _file];
        return (await RunAsync(sql, option.Length == 0 ? arguments : [.. arguments, option])).Code;
    }

    [TestCase("ddl", "nonsense")]
    [TestCase("ddl", "lint", "/no/such/file.sql")]
    [TestCase("ddl", "lint", "-", "--allow", "PGS001")]
    [TestCase("ddl", "history", "--connection", "Host=")]
    public async Task What_cannot_be_understood_is_an_error_of_usage(params string[] arguments)
    {
        (var code, _, var errors) = await RunAsync("", arguments);

        Assert.That(code, Is.EqualTo(2));
        Assert.That(errors, Is.Not.Empty);
    }

    [Test]
    public async Task A_server_that_is_not_there_has_its_own_exit_code()
    {
        (var code, _, var errors) = await RunAsync("", "ddl", "history", "--connection", "Host=127.0.0.1;Port=1;Username=u;Password=secret;Timeout=1");

        Assert.That(code, Is.EqualTo(5));
        Assert.That(errors, Is.Not.Empty.And.Not.Contains("secret"));
    }

    [Test]
    public async Task The_script_of_the_schema_is_printed()
    {
        (var code, var output, _) = await RunAsync("", "schema", "script");

        Assert.That(code, Is.EqualTo(0));
        Assert.That(output, Does.Contain("pgscale.ddl_history_step").And.Contains("GRANT"));
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(string file, params string[] arguments)
    {
        await File.WriteAllTextAsync(_file, file);
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = await PgScaleCommandLine.RunAsync(arguments, output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
