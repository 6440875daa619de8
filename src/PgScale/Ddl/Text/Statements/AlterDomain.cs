namespace PgScale.Ddl.Text.Statements;

/// <summary>ALTER DOMAIN.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="Action">ADD, VALIDATE, SET NOT NULL, or PLAIN for what reads no table.</param>
/// <param name="NotValid">Whether a constraint is added NOT VALID.</param>
internal sealed record AlterDomain(SqlName Domain, string Action, bool NotValid) : DdlStatement("ALTER DOMAIN");
