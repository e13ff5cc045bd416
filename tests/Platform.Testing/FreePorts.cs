using System.Net;
using System.Net.Sockets;

namespace Platform.Testing;

/// <summary>Ports for processes that a test starts.</summary>
/// <remarks>
/// A port that the system hands out for <c>:0</c> is one that it may hand to any client's connection a moment later, before the process that should
/// listen there has started. These lie below Linux's ephemeral ports (32 768) and below the blocks that <c>./platform</c> takes (18 000). Test programs that
/// run side by side have a block each: between them a free port could be chosen twice before anybody listens on it.
/// </remarks>
public static class FreePorts
{
    private const int First = 11_000;
    private const int Blocks = 20;
    private const int PerBlock = 345;

    // Listens on the first port of this process's block until the process ends, however it ends.
    private static readonly TcpListener Claim = ClaimBlock();

    private static int next;

    /// <summary>A loopback port that nothing listens on and that no other test was given.</summary>
    public static int Next()
    {
        var first = ((IPEndPoint)Claim.LocalEndpoint).Port;
        for (var tried = 1; tried < PerBlock; tried++)
        {
            var port = first + 1 + (int)((uint)(Interlocked.Increment(ref next) - 1) % (PerBlock - 1));
            if (TryListen(port) is { } listener)
            {
                listener.Dispose();
                return port;
            }
        }

        throw new InvalidOperationException($"No free port from {first + 1} to {first + PerBlock - 1}.");
    }

    private static TcpListener ClaimBlock()
    {
        for (var tried = 0; tried < Blocks; tried++)
        {
            if (TryListen(First + (Environment.ProcessId + tried) % Blocks * PerBlock) is { } claim)
                return claim;
        }

        throw new InvalidOperationException($"All {Blocks} blocks of ports from {First} on are taken by other test programs.");
    }

    private static TcpListener? TryListen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null; // somebody else's
        }
    }
}
