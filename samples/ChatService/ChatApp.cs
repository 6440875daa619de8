using PgScale.Buffering;
using PgScale.Caching;
using PgScale.Cluster;
using PgScale.Routing;
using PgScale.Samples.ChatService.Conversations;
using PgScale.Samples.ChatService.Messages;
using PgScale.Samples.ChatService.Users;
using PgScale.Samples.ChatService.Web;

namespace PgScale.Samples.ChatService;

/// <summary>The web application: what it is made of, and what it answers to.</summary>
public static class ChatApp
{
    /// <summary>The application, ready to run.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="configure">Changes the builder, for tests and demos.</param>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        configure?.Invoke(builder);
        AddServices(builder);
        var app = builder.Build();
        MapEndpoints(app);
        return app;
    }

    private static void AddServices(WebApplicationBuilder builder)
    {
        builder.Services.AddPgScale(builder.Configuration.GetSection("PgScale")).AddChatBuffers();
        builder.Services.AddSingleton<UserProfiles>().AddSingleton<ConversationStore>().AddSingleton<MessageStore>();
        builder.Services.AddExceptionHandler<DatabaseProblems>().AddProblemDetails();
        builder.Services.AddHealthChecks().AddPgScaleCluster().AddPgScaleRouting().AddPgScaleCaching().AddPgScaleBuffering();
    }

    private static void MapEndpoints(WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseMiddleware<UserActivity>();
        app.UseMiddleware<ConsistencyCookie>();
        app.MapUsers();
        app.MapConversations();
        app.MapMessages();
        app.MapHealthChecks("/health");
    }
}
