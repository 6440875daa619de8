namespace PgScale.Buffering.Sinks;

/// <summary>A column as the server's catalogue describes it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type without modifiers; a domain's base type.</param>
/// <param name="IsNotNull">Whether it refuses NULL.</param>
/// <param name="IsFilled">Whether the server fills it when it is left out: a default or an identity.</param>
/// <param name="IsGenerated">Whether the server alone may fill it: <c>GENERATED ALWAYS</c>.</param>
/// <param name="IsArray">Whether its type is an array.</param>
/// <param name="ComparesLoosely">Whether texts that differ can be equal in it: citext, char(n), jsonb, a nondeterministic collation.</param>
/// <param name="TypeId">Its type's number in the catalogue; a domain's own.</param>
internal sealed record TableColumn(string Name, string Type, bool IsNotNull, bool IsFilled, bool IsGenerated, bool IsArray, bool ComparesLoosely, uint TypeId);
