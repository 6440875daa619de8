namespace PgScale.Testing.Postgres;

/// <summary>Decides what kind of cluster a test gets, in the documented order.</summary>
internal static class ClusterSource
{
    public static async Task<ClusterHost> OpenAsync(PostgresClusterOptions options, CancellationToken cancellationToken)
    {
        ExternalCluster? external = await ExternalCluster.FindAsync(options, Environment.GetEnvironmentVariable, cancellationToken).ConfigureAwait(false);
        if (external is not null)
        {
            return external;
        }

#if CONTAINERS
        if (Environment.GetEnvironmentVariable(Containers.ContainerCluster.ImageVariable) is { Length: > 0 } image)
        {
            return await Containers.ContainerCluster.StartAsync(image, options, cancellationToken).ConfigureAwait(false);
        }

#endif
        InstallationSearch search = new();
        PostgresInstallation installation = options.BinDirectory is { } folder
            ? await search.OpenAsync(folder, options.MajorVersion, cancellationToken).ConfigureAwait(false)
            : await search.FindAsync(options.MajorVersion, cancellationToken).ConfigureAwait(false);
        return await LocalCluster.StartAsync(options, installation, cancellationToken).ConfigureAwait(false);
    }
}
