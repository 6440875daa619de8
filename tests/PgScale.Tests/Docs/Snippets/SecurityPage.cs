using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace PgScale.Tests.Docs.Snippets;

/// <summary>The code of docs/security.md.</summary>
internal static class SecurityPage
{
    public static void Register(IHostApplicationBuilder builder, IPasswords passwords)
    {
        builder.Services.AddPgScale(builder.Configuration.GetSection("PgScale"));
        builder.Services.Configure<PgScaleOptions>(options => options.ConfigureDataSource = (node, source) =>
            source.UsePeriodicPasswordProvider((_, cancellation) => passwords.ReadAsync(node.Name, cancellation), TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(5)));
    }

    internal interface IPasswords
    {
        ValueTask<string> ReadAsync(string node, CancellationToken cancellationToken);
    }
}
