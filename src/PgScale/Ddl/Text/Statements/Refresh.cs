namespace PgScale.Ddl.Text.Statements;

/// <summary>REFRESH MATERIALIZED VIEW.</summary>
internal sealed record Refresh(SqlName View, bool Concurrently, bool WithData) : DdlStatement("REFRESH MATERIALIZED VIEW");
