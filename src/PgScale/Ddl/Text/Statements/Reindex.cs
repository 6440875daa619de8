namespace PgScale.Ddl.Text.Statements;

/// <summary>REINDEX of an INDEX or a TABLE; of a SCHEMA, DATABASE or SYSTEM it has no relation.</summary>
internal sealed record Reindex(string What, SqlName? Relation, bool Concurrently, string Options) : DdlStatement("REINDEX");
