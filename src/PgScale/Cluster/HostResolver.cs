using System.Net;

namespace PgScale.Cluster;

/// <summary>What host names mean now; what they meant last when the question fails or the answer is empty.</summary>
internal sealed class HostResolver(Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null, TimeProvider? time = null)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = resolve ?? Dns.GetHostAddressesAsync;
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Dictionary<string, (IPAddress[] Addresses, int Generation)> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Asks for all names, one after the other; returns those that had no answer.</summary>
    internal async Task<IReadOnlyList<string>> RefreshAsync(IEnumerable<string> hosts, CancellationToken cancellationToken)
    {
        var unanswered = new List<string>();
        foreach (var host in hosts.Distinct(StringComparer.OrdinalIgnoreCase).Where(NeedsResolving))
        {
            var addresses = await AskAsync(host, cancellationToken).ConfigureAwait(false);
            if (addresses.Length == 0)
            {
                unanswered.Add(host);
                continue;
            }

            // Names with several addresses rotate them; only when none is left does the name mean another server.
            var known = _known.TryGetValue(host, out var before) ? before : (Addresses: addresses, Generation: 0);
            _known[host] = (addresses, known.Addresses.Any(addresses.Contains) ? known.Generation : known.Generation + 1);
        }

        return unanswered;
    }

    /// <summary>How often a name has come to mean other addresses altogether.</summary>
    internal int GenerationOf(string host) => _known.GetValueOrDefault(host).Generation;

    private static bool NeedsResolving(string host) => host.Length > 0 && host[0] is not ('/' or '@') && !IPAddress.TryParse(host, out _);

    private async Task<IPAddress[]> AskAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            return await _resolve(host, cancellationToken).WaitAsync(Patience, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return [];
        }
    }
}
