namespace PgScale.Ddl.Text;

/// <summary>
/// Which characters are what to the server (scan.l): only ASCII blanks are white space, and every character beyond ASCII belongs to an
/// identifier, so U+00A0 in front of a word makes another word of it.
/// </summary>
internal static class SqlCharacters
{
    private const string OperatorSigns = "~!@#^&|`?+-*/%<>=";

    // The vertical tab is a blank from 16 on and an error before: leaving it out refuses it.
    public static bool IsBlank(char character) => character is ' ' or '\t' or '\n' or '\r' or '\f';

    public static bool StartsName(char character) => char.IsAsciiLetter(character) || character is '_' || character >= 0x80;

    public static bool ContinuesName(char character) => StartsName(character) || char.IsAsciiDigit(character) || character is '$';

    public static bool StartsTag(char character) => StartsName(character);

    public static bool ContinuesTag(char character) => StartsName(character) || char.IsAsciiDigit(character);

    public static bool IsOperator(char character) => OperatorSigns.Contains(character);

    // An operator of several signs may only end in + or - when it holds one of these.
    public static bool AllowsSignAtEnd(char character) => "~!@#^&|`?%".Contains(character);
}
