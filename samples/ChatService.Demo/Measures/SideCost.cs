using PgScale.Samples.ChatService.Demo.Traffic;

namespace PgScale.Samples.ChatService.Demo.Measures;

/// <summary>What a side's requests cost and how long they took.</summary>
internal sealed record SideCost(Tally Tally, long Requests, PrimaryCost Primary)
{
    public double StatementsPerRequest => (double)Primary.Statements / Requests;

    public double WalPerRequest => (double)Primary.WalBytes / Requests;
}
