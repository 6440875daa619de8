namespace PgScale.Internal;

/// <summary>One part of the <c>pgscale</c> schema that a component keeps its state in.</summary>
/// <param name="Name">Its name in <c>pgscale.schema_version</c>, which is also its table.</param>
/// <param name="Rights">What the application's role needs on the table.</param>
/// <param name="Steps">The statements that bring it from version 0 to 1, from 1 to 2, and so on. Only ever append: old versions exist.</param>
internal sealed record SchemaPart(string Name, string Rights, params string[] Steps)
{
    internal int Version => Steps.Length;
}
