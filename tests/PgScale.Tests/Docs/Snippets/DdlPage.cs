using Microsoft.Extensions.Hosting;
using PgScale.Ddl;

namespace PgScale.Tests.Docs.Snippets;

/// <summary>The code of docs/ddl.md.</summary>
internal static class DdlPage
{
    public static void Register(IHostApplicationBuilder builder)
    {
        builder.Services.AddPgScale(builder.Configuration.GetSection("PgScale"))
            .AddSafeDdlExecutor(builder.Configuration.GetSection("PgScale:Ddl"));
    }

    public static async Task UseAsync(SafeDdlExecutor ddl)
    {
        await ddl.ExecuteAsync("ALTER TABLE messages ADD COLUMN embedding_version int");
    }
}
