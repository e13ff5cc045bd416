using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Platform.Cli.State;

/// <summary>
/// A hundred ports from one base, so that two checkouts and the tests can run side by side.
/// The base is chosen once and kept; it moves only when something else took it while we were stopped.
/// </summary>
internal sealed record PortBlock(int Base)
{
    private const int First = 18_000;
    private const int Size = 100;
    private const int Last = 31_900; // below Linux's ephemeral ports, which clients get at random

    public const int MaxTrainers = 20;

    public int Ingest => Base;
    public int Features => Base + 1;
    public int Registry => Base + 2;
    public int Predictor => Base + 3;
    public int Trainer(int index) => Base + 10 + index;
    public int Postgres => Base + 32;
    public int RabbitMq => Base + 40;
    public int ErlangPortMapper => Base + 41;
    public int ErlangDistribution => Base + 42;
    public int RabbitMqManagement => Base + 50;
    public int RabbitMqPrometheus => Base + 51;
    public int S3 => Base + 60;
    public int CephMonitor => Base + 61;
    public int CephFirst => Base + 62;
    public int CephLast => Base + 75;

    /// <summary>Held while processes start, so that two starts at the same moment do not choose the same block.</summary>
    private int Claim => Base + Size - 1;

    /// <summary>The block kept in the folder if it is still free, else the next free one; dispose the claim when all ports are taken.</summary>
    public static (PortBlock Block, IDisposable Claim) Choose(StateFolder state, int? wanted = null)
    {
        var kept = wanted ?? Load(state)?.Base;
        var candidates = Enumerable.Range(0, (Last - First) / Size).Select(i => First + i * Size);
        if (kept is { } first)
            candidates = wanted is null ? candidates.Prepend(first) : [first];

        foreach (var block in candidates.Select(port => new PortBlock(port)))
        {
            if (block.TryClaim() is not { } claim)
                continue;
            Directory.CreateDirectory(state.Root);
            File.WriteAllText(FileOf(state), block.Base.ToString(CultureInfo.InvariantCulture) + "\n");
            return (block, claim);
        }

        throw new PlatformException(wanted is null
            ? $"No free block of {Size} ports between {First} and {Last}."
            : $"Some port between {wanted} and {wanted + Size - 1} is in use.");
    }

    public static PortBlock? Load(StateFolder state) =>
        File.Exists(FileOf(state)) && int.TryParse(File.ReadAllText(FileOf(state)), CultureInfo.InvariantCulture, out var port) ? new(port) : null;

    private static string FileOf(StateFolder state) => Path.Combine(state.Root, "port");

    private TcpListener? TryClaim()
    {
        var claim = Listen(Claim);
        if (claim is null)
            return null;
        for (var port = Base; port < Claim; port++)
        {
            var probe = Listen(port);
            if (probe is null)
            {
                claim.Dispose();
                return null;
            }

            probe.Dispose();
        }

        return claim;
    }

    private static TcpListener? Listen(int port)
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
            return null;
        }
    }
}
