namespace PgScale.Ddl.Text;

/// <summary>A token and where it stands.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Value">What it means: the folded word, the name or string without quotes, the sign.</param>
/// <param name="Start">The index of its first character.</param>
/// <param name="End">The index after its last.</param>
internal readonly record struct SqlToken(SqlTokenKind Kind, string Value, int Start, int End)
{
    public bool IsWord(string word) => Kind == SqlTokenKind.Word && string.Equals(Value, word, StringComparison.Ordinal);

    public bool IsSign(string sign) => Kind == SqlTokenKind.Sign && string.Equals(Value, sign, StringComparison.Ordinal);
}
