using System.CommandLine;
using System.Runtime.CompilerServices;
using PgScale.Ddl;

namespace PgScale.Cli.Ddl;

/// <summary>The plans of the statements of a file: by the text alone where no server is named.</summary>
internal static class PlanSource
{
    internal static async IAsyncEnumerable<DdlPlan> ReadAsync(ParseResult parsed, DdlOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var statements = await SourceText.ReadAsync(parsed.GetValue(options.Source)!, cancellationToken).ConfigureAwait(false);
        var policy = options.Policy(parsed);
        if (options.FindConnection(parsed) is null)
        {
            foreach (var statement in statements)
            {
                yield return SafeDdlExecutor.AnalyzeText(statement, policy);
            }

            yield break;
        }

        var services = await options.StartAsync(parsed, ddl => ddl.Policy = policy, cancellationToken).ConfigureAwait(false);
        await using var ending = services.ConfigureAwait(false);
        await foreach (var plan in services.Get<SafeDdlExecutor>().AnalyzeAllAsync(statements, cancellationToken).ConfigureAwait(false))
        {
            yield return plan;
        }
    }
}
