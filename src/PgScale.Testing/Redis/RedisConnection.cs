using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace PgScale.Testing.Redis;

/// <summary>Just enough of the Redis protocol (RESP2) to give commands to a test server without a client library.</summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private readonly TcpClient _client;
    private readonly StreamReader _reader;

    private RedisConnection(TcpClient client)
    {
        _client = client;
        // Latin-1 maps each byte to one character, so lengths in bytes are lengths in characters.
        _reader = new StreamReader(client.GetStream(), Encoding.Latin1);
    }

    public static async Task<RedisConnection> OpenAsync(string host, int port, string password, CancellationToken cancellationToken)
    {
        TcpClient client = new() { NoDelay = true };
        try
        {
            await client.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
            RedisConnection connection = new(client);
            await connection.ExecuteAsync(["AUTH", password], cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    public async Task<string?> ExecuteAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        await _client.GetStream().WriteAsync(Encode(command), cancellationToken).ConfigureAwait(false);
        return await ReadAsync(command[0], cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync()
    {
        _reader.Dispose();
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static byte[] Encode(IReadOnlyList<string> command)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"*{command.Count}\r\n");
        foreach (var word in command)
        {
            text.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private async Task<string?> ReadAsync(string command, CancellationToken cancellationToken)
    {
        var line = await _reader.ReadLineAsync(cancellationToken).ConfigureAwait(false)
            ?? throw new IOException($"Redis closed the connection instead of answering {command}.");
        var rest = line[1..];
        return line[0] switch
        {
            '-' => throw new InvalidOperationException($"Redis refused {command}: {rest}"),
            '$' => await ReadTextAsync(int.Parse(rest, CultureInfo.InvariantCulture), cancellationToken).ConfigureAwait(false),
            '*' => await ReadListAsync(command, int.Parse(rest, CultureInfo.InvariantCulture), cancellationToken).ConfigureAwait(false),
            _ => rest,
        };
    }

    private async Task<string?> ReadTextAsync(int length, CancellationToken cancellationToken)
    {
        if (length < 0)
        {
            return null;
        }

        var text = new char[length + 2];
        await _reader.ReadBlockAsync(text, cancellationToken).ConfigureAwait(false);
        return Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(text, 0, length));
    }

    private async Task<string?> ReadListAsync(string command, int count, CancellationToken cancellationToken)
    {
        List<string?> items = [];
        for (var index = 0; index < count; index++)
        {
            items.Add(await ReadAsync(command, cancellationToken).ConfigureAwait(false));
        }

        return string.Join('\n', items);
    }
}
