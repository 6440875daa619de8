using Npgsql;

namespace PgScale.Testing.Postgres;

/// <summary>A server that someone else runs: it can be asked everything and hurt by nothing.</summary>
internal sealed class ExternalServer(NpgsqlConnectionStringBuilder connection) : ServerHost
{
    public override string Host => connection.Host!;

    public override int Port => connection.Port;

    public override bool IsRunning => true;

    protected override string Kind => "an external cluster (PGSCALE_TEST_PRIMARY, PGSCALE_TEST_REPLICAS)";
}
