// A web application in which every user reads what that user wrote, on replicas, in any process.
// With --check it starts its own servers, asks itself a hundred times, and ends.
using System.Globalization;
using System.Net;
using PgScale;
using PgScale.Cluster;
using PgScale.Routing;
using PgScale.Samples.ConsistencyCookie;
using PgScale.Testing;

var check = args.Contains("--check", StringComparer.Ordinal);
await using var local = check ? await PostgresCluster.StartAsync() : null;
var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls(check ? "http://127.0.0.1:0" : "http://127.0.0.1:5080");
var pgscale = local is null
    ? builder.Services.AddPgScale(builder.Configuration.GetSection("PgScale"))
    : builder.Services.AddPgScale(options => options.Nodes = [.. local.Servers.Select(server => new NodeOptions { Name = server.Name, ConnectionString = server.ConnectionString })]);
pgscale.AddReplicaRouter();
await using var app = builder.Build();

// The middleware: the cookie's token begins the request's scope, and the scope's token goes back.
app.Use(async (context, next) =>
{
    var router = context.RequestServices.GetRequiredService<ReplicaRouter>();
    var monitor = context.RequestServices.GetRequiredService<ClusterMonitor>();
    var isOurs = ConsistencyToken.TryParse(context.Request.Cookies["pgscale"], out var token) && token.SystemIdentifier == monitor.Current.SystemIdentifier;
    using var scope = router.BeginConsistencyScope(isOurs ? token : ConsistencyToken.None);
    context.Response.OnStarting(() =>
    {
        context.Response.Cookies.Append("pgscale", scope.Token.ToString(), new() { HttpOnly = true, MaxAge = TimeSpan.FromMinutes(5) });
        return Task.CompletedTask;
    });
    await next(context);
});

app.MapPost("/visits", (ReplicaRouter router, CancellationToken cancellation) => router.WriteAsync(
    async (connection, token) => await Sql.ExecuteAsync(connection, "INSERT INTO visit DEFAULT VALUES", token), cancellationToken: cancellation));
app.MapGet("/visits", async (ReplicaRouter router, CancellationToken cancellation) => await router.ReadAsync(
    (connection, token) => Sql.CountAsync(connection, "SELECT count(*) FROM visit", token), cancellationToken: cancellation));

await app.StartAsync();
if (!check)
{
    await app.WaitForShutdownAsync();
    return 0;
}

await local!.Primary.ExecuteAsync("CREATE TABLE visit (id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())");
using var browser = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer() }) { BaseAddress = new(app.Urls.First()) };
for (var visit = 1; visit <= 100; visit++)
{
    (await browser.PostAsync("/visits", content: null)).EnsureSuccessStatusCode();
    var seen = long.Parse(await browser.GetStringAsync("/visits"), CultureInfo.InvariantCulture);
    if (seen < visit)
    {
        Console.WriteLine($"After visit {visit} the replica showed {seen}.");
        return 1;
    }
}

Console.WriteLine("100 visits, each seen by the read that followed it.");
await app.StopAsync();
return 0;
