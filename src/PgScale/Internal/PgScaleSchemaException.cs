using Npgsql;

namespace PgScale.Internal;

/// <summary>A table of the <c>pgscale</c> schema is missing and this role may not create it.</summary>
internal sealed class PgScaleSchemaException(SchemaPart part, PostgresException refused) : Exception(
    $"The table pgscale.{part.Name} (version {part.Version}) is missing and this role may not create it ({refused.MessageText}). "
    + $"Let a role that may run the script of the pgscale schema, then GRANT USAGE ON SCHEMA pgscale and GRANT {part.Rights} ON pgscale.{part.Name} to this role.",
    refused);
