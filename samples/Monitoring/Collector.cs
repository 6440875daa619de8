using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PgScale.Samples.Monitoring;

/// <summary>Stands in for the collector of a real service: takes OTLP over HTTP on this machine, and knows which names have come.</summary>
internal sealed class Collector : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly StringBuilder _received = new();

    public Collector()
    {
        using TcpListener free = new(IPAddress.Loopback, 0);
        free.Start();
        Endpoint = new($"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/");
        free.Stop();
        _listener.Prefixes.Add(Endpoint.AbsoluteUri);
        _listener.Start();
    }

    public Uri Endpoint { get; }

    public async Task ReceiveUntilAsync(params string[] names)
    {
        while (Array.Exists(names, name => !_received.ToString().Contains(name, StringComparison.Ordinal)))
        {
            var request = await _listener.GetContextAsync();
            using StreamReader body = new(request.Request.InputStream, Encoding.Latin1);
            _received.Append(await body.ReadToEndAsync());
            request.Response.Close();
        }
    }

    public void Dispose() => _listener.Close();
}
