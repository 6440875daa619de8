namespace PgScale.Ddl.Text;

/// <summary>What a token is.</summary>
internal enum SqlTokenKind
{
    /// <summary>An identifier without quotes, or a keyword; its value is folded and truncated as the server does.</summary>
    Word,

    /// <summary>An identifier in double quotes.</summary>
    QuotedName,

    /// <summary>A string constant in any of its forms.</summary>
    Text,

    /// <summary>A bit string.</summary>
    Bits,

    /// <summary>A number without fraction and exponent.</summary>
    Integer,

    /// <summary>Any other number.</summary>
    Decimal,

    /// <summary>An operator, a bracket or another sign.</summary>
    Sign,

    /// <summary>The end of the text.</summary>
    End,
}
