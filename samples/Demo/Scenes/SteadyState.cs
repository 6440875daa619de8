namespace PgScale.Samples.Demo.Scenes;

/// <summary>All is well: reads are spread over the replicas, writes go to the primary, tokens bring readers what they wrote.</summary>
internal sealed class SteadyState : IScene
{
    public string Title => "steady state";

    public async Task PlayAsync(Stage stage, CancellationToken cancellationToken)
    {
        stage.Say("reads go to fresh replicas, writes to the primary; each write returns a token, and a third of the reads carry one");
        await stage.UntilSeenAsync(
            "1,500 reads are answered, 100 of them with a token by a replica",
            () => stage.Tally is { Reads: >= 1_500, TokenReadsOnReplicas: >= 100 },
            cancellationToken);
        var shares = stage.Snapshot.Replicas.Select(replica => stage.Tally.ReadsOn(replica.Name)).ToList();
        stage.Report.Promise($"reads were spread over the replicas ({string.Join(" and ", shares)})", shares.Min() * 2 > shares.Max());
    }
}
