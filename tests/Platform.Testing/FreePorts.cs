using System.Net;
using System.Net.Sockets;

namespace Platform.Testing;

/// <summary>Ports for processes that a test starts.</summary>
/// <remarks>
/// A port that the system hands out for <c>:0</c> is one that it may hand to any client's connection a moment later, before the process that should
/// listen there has started. These lie below Linux's ephemeral ports (32 768) and below the blocks that <c>./platform</c> takes (18 000), and test programs
/// that run side by side begin at different places.
/// </remarks>
public static class FreePorts
{
    private const int First = 11_000;
    private const int Count = 6_900;

    private static int next = Environment.ProcessId * 61 % Count;

    /// <summary>A loopback port that nothing listens on and that no other test of this process was given.</summary>
    public static int Next()
    {
        for (var tried = 0; tried < Count; tried++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref next) % Count);
            if (IsFree(port))
                return port;
        }

        throw new InvalidOperationException($"No free port from {First} to {First + Count - 1}.");
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false; // somebody else's
        }
    }
}
