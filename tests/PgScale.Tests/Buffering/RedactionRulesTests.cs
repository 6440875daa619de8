using PgScale.Buffering;

namespace PgScale.Tests.Buffering;

/// <summary>What is taken out of items before they are held.</summary>
public sealed class RedactionRulesTests
{
    private static readonly RedactionRules Rules = RedactionRules.Default;

    [TestCase("password")]
    [TestCase("PASSWORD")]
    [TestCase("user_password2")]
    [TestCase("api_key")]
    [TestCase("X-Api-Key")]
    [TestCase("StripeApiKey")]
    [TestCase("refresh_token")]
    [TestCase("client secret")]
    public void Name_is_secret(string name) => Assert.That(Rules.IsSecret(name), Is.True);

    [TestCase("user")]
    [TestCase("keyboard")]
    [TestCase("")]
    public void Name_is_not_secret(string name) => Assert.That(Rules.IsSecret(name), Is.False);

    [TestCase("""{"user":"a","password":"x"}""", """{"user":"a","password":"***"}""")]
    [TestCase("""{"a":[{"Token":{"deep":["x"]}},1.50]}""", """{"a":[{"Token":"***"},1.50]}""")]
    [TestCase("""{"secret":null,"n":12345678901234567890.10}""", """{"secret":"***","n":12345678901234567890.10}""")]
    [TestCase("""{"pass\u0077ord":"x"}""", """{"password":"***"}""")]
    [TestCase("""{"user": "password", "n": 1}""", """{"user": "password", "n": 1}""")]
    [TestCase("[1, true, null]", "[1, true, null]")]
    public void Json_keeps_all_but_secrets(string given, string kept) => Assert.That(Rules.Json(given), Is.EqualTo(kept));

    [TestCase("""{"user":"a","password":"x y","n":""", """{"user":"a","password":"***","n":""")]
    [TestCase("""{"password":"x\"y""", """{"password":"***""")]
    [TestCase("{'token': 'x'}", "{'token': '***'}")]
    public void Json_that_is_broken_keeps_no_secret_either(string given, string kept) => Assert.That(Rules.Json(given), Is.EqualTo(kept));

    [TestCase("Host=a;Password=my secret, long;Username=b", "Host=a;Password=***;Username=b")]
    [TestCase("host=a password=x user=b", "host=a password=*** user=b")]
    [TestCase("/path?token=x&page=2", "/path?token=***&page=2")]
    [TestCase("Api Key: x y\nNext: z", "Api Key: ***\nNext: z")]
    [TestCase("pwd = \"x;y\"; a=1", "pwd = \"***\"; a=1")]
    [TestCase("password=", "password=")]
    [TestCase("nothing here: at all", "nothing here: at all")]
    public void Text_keeps_all_but_secrets(string given, string kept) => Assert.That(Rules.Text(given), Is.EqualTo(kept));

    [Test]
    public void Dictionary_is_copied_however_deep()
    {
        Dictionary<string, object?> given = new(StringComparer.Ordinal)
        {
            ["user"] = "a",
            ["Password"] = 12,
            ["list"] = new List<object?> { new Dictionary<string, string?>(StringComparer.Ordinal) { ["api-key"] = "x", ["b"] = "c" } },
        };
        var kept = Rules.Values(given);
        Assert.That((kept["user"], kept["Password"], given["Password"]), Is.EqualTo(((object)"a", (object)"***", (object)12)));
        var inner = (Dictionary<string, string?>)((List<object?>)kept["list"]!)[0]!;
        Assert.That((inner["api-key"], inner["b"]), Is.EqualTo(("***", "c")));
    }

    [Test]
    public void Own_words_and_mask_are_added()
    {
        var rules = Rules.And("iban", "Auth-orization").With("#");
        Assert.That(rules.Text("iban=x;authorization=y;password=z"), Is.EqualTo("iban=#;authorization=#;password=#"));
        Assert.That(Rules.Text("iban=x"), Is.EqualTo("iban=x"), "the default is as it was");
    }

    [Test]
    public void Word_without_a_letter_is_refused() => Assert.That(() => Rules.And("--"), Throws.ArgumentException.With.Message.Contains("every name"));

    [Test]
    public void Null_stays_null() => Assert.That((Rules.Json(null), Rules.Text(null)), Is.EqualTo(((string?)null, (string?)null)));
}
