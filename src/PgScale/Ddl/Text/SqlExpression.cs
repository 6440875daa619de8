namespace PgScale.Ddl.Text;

/// <summary>An expression: the text as written and what a judge wants to know of it.</summary>
/// <param name="Text">As written.</param>
/// <param name="Functions">The functions that it calls by name.</param>
/// <param name="Columns">The last parts of the names in it that are not functions, which are columns where there are any.</param>
/// <param name="IsNull">Whether it is the word NULL and nothing else, a cast apart.</param>
/// <param name="Casts">The types that it casts to, which may be of the user and have functions.</param>
/// <param name="HasQuery">Whether it holds a query.</param>
internal sealed record SqlExpression(
    string Text, IReadOnlyList<SqlName> Functions, IReadOnlyList<string> Columns, bool IsNull, IReadOnlyList<SqlType> Casts, bool HasQuery)
{
    /// <summary>Whether the text alone proves that it has the same value in all rows of one statement.</summary>
    public bool IsKnownStable => !HasQuery
        && Functions.All(function => function.Schema is null or "pg_catalog" && SqlBuiltIn.StableFunctions.Contains(function.Name))
        && Casts.All(type => type.IsBuiltIn);
}
