// A chat service on one primary and its replicas.
//   dotnet run               serves
//   dotnet run -- migrate    brings the schema to this version, while others serve
//   dotnet run -- backfill   fills what a migration has added, while others serve
using PgScale.Samples.ChatService;
using PgScale.Samples.ChatService.Jobs;

switch (args.FirstOrDefault())
{
    case "migrate":
        await MigrateJob.RunAsync(args);
        break;
    case "backfill":
        await BackfillJob.RunAsync(args);
        break;
    default:
        await using (var app = ChatApp.Create(args))
        {
            await app.RunAsync();
        }

        break;
}
