using Microsoft.Extensions.DependencyInjection;
using PgScale.Cluster;
using PgScale.DependencyInjection;

namespace PgScale.Cli;

/// <summary>The cluster of a command, watched for as long as the command runs.</summary>
internal sealed class CliServices : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private CliServices(ServiceProvider services) => _services = services;

    /// <summary>Connects to a primary and, so that their readers are spared, to its replicas.</summary>
    /// <exception cref="CliException">An address cannot be used.</exception>
    internal static async Task<CliServices> StartAsync(string primary, IReadOnlyList<string> replicas, Action<IPgScaleBuilder> add, CancellationToken cancellationToken)
    {
        var services = new ServiceCollection();
        add(services.AddPgScale(options =>
        {
            options.ApplicationName = "pgscale-cli";
            options.Nodes.Add(new() { Name = "primary", ConnectionString = primary });
            for (var index = 0; index < replicas.Count; index++)
            {
                options.Nodes.Add(new() { Name = $"replica{index + 1}", ConnectionString = replicas[index] });
            }
        }));
        var started = new CliServices(services.BuildServiceProvider());
        try
        {
            await started.Get<ClusterMonitor>().StartAsync(cancellationToken).ConfigureAwait(false);
            return started;
        }
        catch (Microsoft.Extensions.Options.OptionsValidationException wrong)
        {
            await started.DisposeAsync().ConfigureAwait(false);
            throw new CliException(ExitCode.Usage, string.Join(Environment.NewLine, wrong.Failures));
        }
        catch
        {
            await started.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    internal T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
