using PgScale.Ddl;

namespace PgScale.Samples.ChatService.Jobs;

/// <summary>Runs the files of the folder <c>Chat:Migrations</c> that were not run yet, in a way that holds up nobody who uses the tables.</summary>
internal static class MigrateJob
{
    public static async Task RunAsync(string[] args)
    {
        using var job = await JobHost.StartAsync(args);
        var folder = job.Services.GetRequiredService<IConfiguration>()["Chat:Migrations"] ?? "Migrations";
        var ddl = job.Services.GetRequiredService<SafeDdlExecutor>();
        var runs = await ddl.MigrateAsync(Path.Combine(AppContext.BaseDirectory, folder), new ConsoleProgress<DdlProgress>(progress => progress.Message), job.Stopping);
        Console.WriteLine($"{runs.Count} statements were run.");
        await job.StopAsync();
    }
}
