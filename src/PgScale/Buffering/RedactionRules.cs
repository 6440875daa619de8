using PgScale.Buffering.Redacting;

namespace PgScale.Buffering;

/// <summary>Takes the values of secret names out of texts and dictionaries: for <see cref="LazyWriteBufferBuilder{T}.Redact"/>, before anything is held.</summary>
/// <remarks>
/// A name is secret when it has a secret word in it, whatever its case and with or without <c>_</c>, <c>-</c> and spaces between its parts:
/// <c>apiKey</c> finds <c>api_key</c>, <c>X-Api-Key</c> and <c>StripeApiKey2</c>. It finds too much rather than too little. Thread-safe.
/// </remarks>
public sealed class RedactionRules
{
    private readonly SecretNames _names;

    private RedactionRules(SecretNames names, string mask)
    {
        _names = names;
        Mask = mask;
    }

    /// <summary>Rules for <c>password</c>, <c>passwd</c>, <c>pwd</c>, <c>token</c>, <c>secret</c> and <c>apiKey</c>.</summary>
    public static RedactionRules Default { get; } = new(new(["password", "passwd", "pwd", "token", "secret", "apiKey"]), "***");

    /// <summary>What stands in place of a secret value; default <c>***</c>.</summary>
    public string Mask { get; }

    /// <summary>These rules and more words.</summary>
    /// <param name="words">Such as <c>authorization</c> or <c>iban</c>. Letters and digits count, case does not.</param>
    /// <exception cref="ArgumentException">A word has no letter or digit: it would find every name.</exception>
    public RedactionRules And(params IEnumerable<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return new(_names.And(words), Mask);
    }

    /// <summary>These rules with another mask.</summary>
    /// <param name="mask">What stands in place of a secret value.</param>
    public RedactionRules With(string mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return new(_names, mask);
    }

    /// <summary>Whether values of a name must not be kept.</summary>
    /// <param name="name">The name of a field, a column, a header or a setting.</param>
    public bool IsSecret(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _names.Match(name);
    }

    /// <summary>A JSON text without the values of secret names, however deep; null stays null.</summary>
    /// <remarks>A text that holds nothing secret is returned as it is. One that cannot be read as JSON is treated as <see cref="Text"/>, because a half of a secret is one too.</remarks>
    /// <param name="json">The text.</param>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(json))]
    public string? Json(string? json) => json is null ? null : new SecretJson(_names, Mask).Mask(json) ?? Text(json);

    /// <summary>A text without the values that follow secret names, as in <c>password=x; user=y</c>, <c>?token=x&amp;page=2</c> or <c>Secret: x</c>; null stays null.</summary>
    /// <remarks>A value ends at <c>;</c>, <c>&amp;</c>, the line's end, or where the next name and its value begin; a quoted one at its quote.</remarks>
    /// <param name="text">The text.</param>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(text))]
    public string? Text(string? text) => text is null ? null : SecretText.Mask(text, _names, Mask);

    /// <summary>A copy of a dictionary in which secret names have the mask as their value.</summary>
    /// <param name="values">The dictionary; it is not changed.</param>
    public Dictionary<string, string?> Values(IEnumerable<KeyValuePair<string, string?>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new SecretValues(_names, Mask).Copy(values);
    }

    /// <summary>A copy of a dictionary in which secret names have the mask as their value; dictionaries and lists within it are copied too.</summary>
    /// <param name="values">The dictionary; it is not changed.</param>
    public Dictionary<string, object?> Values(IEnumerable<KeyValuePair<string, object?>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new SecretValues(_names, Mask).Copy(values);
    }
}
