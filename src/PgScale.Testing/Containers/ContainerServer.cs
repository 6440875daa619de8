using DotNet.Testcontainers.Containers;
using PgScale.Testing.Postgres;

namespace PgScale.Testing.Containers;

/// <summary>A server in a container: it can be frozen and configured; its life and its upstream are Docker's business.</summary>
internal sealed class ContainerServer(IContainer container) : ServerHost
{
    public const int PortInside = 5432;

    private bool _isPaused;

    public override string Host => container.Hostname;

    public override int Port => container.GetMappedPublicPort(PortInside);

    public override bool IsRunning => container.State is TestcontainersStates.Running or TestcontainersStates.Paused;

    public override bool IsFrozen => _isPaused;

    protected override string Kind => "a cluster in containers";

    public override async Task FreezeAsync()
    {
        await container.PauseAsync().ConfigureAwait(false);
        _isPaused = true;
    }

    public override async Task ThawAsync()
    {
        await container.UnpauseAsync().ConfigureAwait(false);
        _isPaused = false;
    }

    public override async Task ConfigureAsync(string setting, string? value, CancellationToken cancellationToken)
    {
        if (setting.Equals("primary_conninfo", StringComparison.Ordinal))
        {
            throw Unsupported("keeps its upstream");
        }

        string assignment = value is null
            ? $"ALTER SYSTEM RESET \"{setting}\""
            : $"ALTER SYSTEM SET \"{setting}\" = '{value.Replace("'", "''", StringComparison.Ordinal)}'";
        string[] command = ["psql", "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-c", assignment, "-c", "SELECT pg_reload_conf()"];
        ExecResult result = await container.ExecAsync(command, cancellationToken).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"'{setting}' could not be changed: {result.Stderr.Trim()}");
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await container.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
