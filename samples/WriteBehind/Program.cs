// What can wait is written together: a hundred thousand messages count up a hundred conversations with a few statements, and each leaves a
// line in a log. The reader asks a replica for everything that was flushed. Starts its own servers; yours would be in appsettings.json.
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PgScale;
using PgScale.Buffering;
using PgScale.Cluster;
using PgScale.Routing;
using PgScale.Samples.WriteBehind;
using PgScale.Testing;

await using var postgres = await PostgresCluster.StartAsync();
await postgres.Primary.ExecuteAsync("""
    CREATE TABLE conversation (id int PRIMARY KEY, messages bigint NOT NULL DEFAULT 0, last_message timestamptz);
    CREATE TABLE message_log (conversation_id int NOT NULL, sent_at timestamptz NOT NULL, client text NOT NULL);
    """);

var builder = Host.CreateApplicationBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services
    .AddPgScale(options => options.Nodes = [.. postgres.Servers.Select(server => new NodeOptions { Name = server.Name, ConnectionString = server.ConnectionString })])
    .AddLazyWriteBuffer<MessageSent>("counters", buffer => buffer.MergeInto("conversation")
        .Key("id", sent => sent.ConversationId)
        .Sum("messages", _ => 1)
        .Max("last_message", sent => sent.At))
    .AddLazyWriteBuffer<MessageSent>("log", buffer => buffer.AppendTo("message_log")
        .Column("conversation_id", sent => sent.ConversationId)
        .Column("sent_at", sent => sent.At)
        .Column("client", sent => sent.Client));
using var app = builder.Build();
await app.StartAsync();
var counters = app.Services.GetRequiredKeyedService<LazyWriteBuffer<MessageSent>>("counters");
var log = app.Services.GetRequiredKeyedService<LazyWriteBuffer<MessageSent>>("log");

const int Messages = 100_000;
for (var i = 0; i < Messages; i++)
{
    var sent = new MessageSent(i % 100, TimeProvider.System.GetUtcNow(), "web");
    await counters.EnqueueAsync(sent);
    await log.EnqueueAsync(sent);
}

var (counted, logged) = (await counters.FlushAsync(), await log.FlushAsync());
var router = app.Services.GetRequiredService<ReplicaRouter>();
var total = await router.ReadAsync(
    (connection, _) => connection.QuerySingleAsync<long>("SELECT sum(messages)::bigint FROM conversation"), new ReadOptions { Token = counted.Token });
var lines = await router.ReadAsync(
    (connection, _) => connection.QuerySingleAsync<long>("SELECT count(*) FROM message_log"), new ReadOptions { Token = logged.Token });
Console.WriteLine($"{Messages:N0} messages: {total:N0} counted, {lines:N0} logged, both read from a replica.");
await app.StopAsync();
return total == Messages && lines == Messages ? 0 : 1;
