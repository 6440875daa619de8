using System.Globalization;
using Npgsql;
using PgScale.Ddl.Judgement;
using PgScale.Ddl.Server;
using PgScale.IntegrationTests.Cluster;

namespace PgScale.IntegrationTests.Ddl;

/// <summary>
/// The recogniser against the server's own parser: what the recogniser accepts the server has to accept, and from PostgreSQL 16 on
/// to read the same relations, columns and types in it. <c>PGSCALE_DDL_FUZZ</c> is the number of statements (default 4000), <c>PGSCALE_DDL_SEED</c> the seed.
/// </summary>
[TestFixtureSource(typeof(EveryVersion), nameof(EveryVersion.All))]
internal sealed class FuzzTests(int? version)
{
    [Test]
    public async Task Whatever_the_recogniser_accepts_the_server_reads_in_the_same_way()
    {
        await using CorpusDatabase database = await CorpusDatabase.StartAsync(version);
        var seed = Setting("PGSCALE_DDL_SEED", 1);
        Mutation mutation = new(seed);
        List<string> wrong = [];
        var accepted = 0;
        await using NpgsqlTransaction transaction = await database.Connection.BeginTransactionAsync();
        for (var count = Setting("PGSCALE_DDL_FUZZ", 4000); count > 0 && wrong.Count < 30; count--)
        {
            var sql = mutation.Next();
            if (Recognition.Of(sql) is not { Statement: { } statement } known)
            {
                continue;
            }

            accepted++;
            ServerReading reading = await new ServerParser(database.Connection).ReadAsync(known.Sql, CancellationToken.None);
            var difference = reading.Rejection ?? (reading.Tree is { } tree ? TreeComparison.Difference(statement, tree) : null);
            if (difference is not null && !IsMeaning(reading))
            {
                wrong.Add($"{sql}\n    {difference}");
            }
        }

        TestContext.Out.WriteLine($"PostgreSQL {database.Major}, seed {seed}: {accepted} accepted.");
        Assert.That(wrong, Is.Empty, $"seed {seed}\n{string.Join('\n', wrong)}");
        Assert.That(accepted, Is.GreaterThan(100));
    }

    // Queries are analysed as well as parsed: a column that is not there is no question of grammar.
    private static bool IsMeaning(ServerReading reading) => reading.Rejection is not null && !reading.Rejection.Contains("syntax error", StringComparison.Ordinal) && !reading.Rejection.Contains("unterminated", StringComparison.Ordinal);

    private static int Setting(string name, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
