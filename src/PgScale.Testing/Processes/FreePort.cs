using System.Net;
using System.Net.Sockets;

namespace PgScale.Testing.Processes;

/// <summary>
/// Ports below the range from which systems take the ports of outgoing connections, so that a killed server finds its port
/// free when it comes back. No port is given twice in one process; another process may still win a race for one.
/// </summary>
internal static class FreePort
{
    private const int First = 15_000;
    private const int End = 32_000;
    private static readonly HashSet<int> Taken = [];

    public static int Take()
    {
        lock (Taken)
        {
            for (var attempt = 0; attempt < 1_000; attempt++)
            {
                var port = Random.Shared.Next(First, End);
                if (!Taken.Contains(port) && IsFree(port))
                {
                    Taken.Add(port);
                    return port;
                }
            }
        }

        throw new InvalidOperationException($"No free port was found on 127.0.0.1 between {First} and {End} in 1000 attempts.");
    }

    public static void Release(int port)
    {
        lock (Taken)
        {
            Taken.Remove(port);
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen(1);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
