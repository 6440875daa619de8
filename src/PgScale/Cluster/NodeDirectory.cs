using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace PgScale.Cluster;

/// <summary>Which servers there should be: the configuration, node sources and host names, and always the last good answer of each.</summary>
/// <remarks>One call at a time: the monitor takes turns.</remarks>
internal sealed class NodeDirectory(
    string instance,
    IOptionsFactory<PgScaleOptions> options,
    IEnumerable<IOptionsChangeTokenSource<PgScaleOptions>> changes,
    IEnumerable<INodeSource> sources,
    HostResolver resolver,
    ILogger logger,
    TimeProvider time) : IDisposable
{
    private static readonly TimeSpan SourceTimeout = TimeSpan.FromSeconds(10);

    private readonly Dictionary<INodeSource, IReadOnlyList<NodeOptions>> _answers = [];
    private readonly HashSet<object> _failing = [];
    private readonly List<IDisposable> _subscriptions = [];
    private readonly IReadOnlyList<INodeSource> _sources = [.. sources];

    private readonly string _label = instance.Length == 0 ? "default" : instance;

    private PgScaleOptions _options = new();
    private string _refusal = "";
    private ImmutableArray<ClusterNode> _nodes = [];

    /// <summary>Reads the configuration for the first time.</summary>
    /// <exception cref="OptionsValidationException">It is invalid; the message has all problems.</exception>
    internal ClusterSettings Load()
    {
        _options = options.Create(instance);
        if (_options.Nodes.Count == 0 && _sources.Count == 0)
        {
            throw new OptionsValidationException(instance, typeof(PgScaleOptions),
                ["PgScale:Nodes is empty. Configure at least one node with Name and ConnectionString, or register a node source with AddNodeSource."]);
        }

        return Compose();
    }

    /// <summary>Calls back when the configuration has changed on disk; the callback runs <see cref="Reload"/>.</summary>
    internal void OnConfigurationChanged(Action reload)
    {
        foreach (var change in changes.Where(change => string.Equals(change.Name ?? "", instance, StringComparison.Ordinal)))
        {
            _subscriptions.Add(ChangeToken.OnChange(change.GetChangeToken, reload));
        }
    }

    /// <summary>Reads the configuration again; a bad one is refused, logged, and leaves everything as it is.</summary>
    internal ClusterSettings Reload()
    {
        try
        {
            var candidate = options.Create(instance);
            if (candidate.Nodes.Count == 0 && _sources.Count == 0)
            {
                return Refuse("PgScale:Nodes is empty.");
            }

            (_options, _refusal) = (candidate, "");
            ClusterLog.Reloaded(logger, _label, candidate.Nodes.Count);
            return Compose();
        }
        catch (Exception refusal) // from the binder, a validator, or any code of the application that takes part
        {
            return Refuse(refusal.Message);
        }
    }

    /// <summary>Asks the sources and resolves the names.</summary>
    internal async Task<ClusterSettings> RefreshAsync(CancellationToken cancellationToken)
    {
        foreach (var source in _sources)
        {
            await AskAsync(source, cancellationToken).ConfigureAwait(false);
        }

        await ResolveAsync(cancellationToken).ConfigureAwait(false);
        return Compose();
    }

    public void Dispose() => _subscriptions.ForEach(subscription => subscription.Dispose());

    // One change of a file may be announced more than once.
    private ClusterSettings Refuse(string problem)
    {
        if (!string.Equals(_refusal, problem, StringComparison.Ordinal))
        {
            _refusal = problem;
            ClusterLog.ReloadRefused(logger, _label, _nodes.Length, problem);
        }

        return Compose();
    }

    private async Task AskAsync(INodeSource source, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(SourceTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        string? problem;
        try
        {
            var answer = await source.GetNodesAsync(linked.Token).WaitAsync(linked.Token).ConfigureAwait(false);
            problem = FindProblem(source, answer);
            if (problem is null)
            {
                _answers[source] = [.. answer]; // the source may reuse its list
            }
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            problem = deadline.IsCancellationRequested ? $"it did not answer within {SourceTimeout.TotalSeconds:0} s" : $"{failure.GetType().Name}: {failure.Message}";
        }

        Note(source, problem, () => ClusterLog.SourceRefused(logger, _label, source.GetType().Name, _answers.GetValueOrDefault(source, []).Count, problem!),
            () => ClusterLog.SourceRecovered(logger, _label, source.GetType().Name, _answers[source].Count));
    }

    private string? FindProblem(INodeSource source, IReadOnlyList<NodeOptions> answer)
    {
        if (answer is null || answer.Count == 0)
        {
            return "its answer is empty";
        }

        var others = _answers.Where(known => known.Key != source).SelectMany(known => known.Value);
        var rules = new OptionRules(source.GetType().Name);
        NodeOptionsRules.CheckAll(answer, _options, rules, _options.Nodes.Concat(others).Select(node => node.Name));
        return rules.Problems.Count == 0 ? null : string.Join(" ", rules.Problems);
    }

    private async Task ResolveAsync(CancellationToken cancellationToken)
    {
        var hosts = _nodes.Select(node => node.Host).ToList();
        var unanswered = await resolver.RefreshAsync(hosts, cancellationToken).ConfigureAwait(false);
        foreach (var host in hosts.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            Note(host, unanswered.Contains(host, StringComparer.OrdinalIgnoreCase) ? host : null,
                () => ClusterLog.HostUnresolved(logger, _label, host), () => ClusterLog.HostResolved(logger, _label, host));
        }
    }

    private void Note(object subject, string? problem, Action failed, Action recovered)
    {
        if (problem is not null && _failing.Add(subject))
        {
            failed();
        }
        else if (problem is null && _failing.Remove(subject))
        {
            recovered();
        }
    }

    // A server that did not change keeps its object, and with it its connections and everything known of it.
    private ClusterSettings Compose()
    {
        var wanted = _options.Nodes.Concat(_sources.SelectMany(source => _answers.GetValueOrDefault(source, [])));
        _nodes = [.. wanted.DistinctBy(node => node.Name, StringComparer.OrdinalIgnoreCase).Select(Keep)];
        return new(_options, _nodes);
    }

    private ClusterNode Keep(NodeOptions wanted)
    {
        var host = new ClusterNode(wanted).Host;
        var node = new ClusterNode(wanted, resolver.GenerationOf(host));
        return _nodes.FirstOrDefault(known => known.IsSameAs(node)) ?? node;
    }
}
