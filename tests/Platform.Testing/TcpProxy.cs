using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Platform.Testing;

/// <summary>A server's second address that a test can take away and give back, to see an outage without stopping a shared server.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly string host;
    private readonly int port;
    private readonly ConcurrentBag<Socket> sockets = [];
    private TcpListener? listener;
    private Task accepting = Task.CompletedTask;

    public TcpProxy(string host, int port)
    {
        this.host = host;
        this.port = port;
        Port = FreePorts.Next();
        Open();
    }

    /// <summary>On loopback.</summary>
    public int Port { get; }

    /// <summary>Lets connections through.</summary>
    public void Open()
    {
        listener = new TcpListener(IPAddress.Loopback, Port);
        listener.Start();
        accepting = Accept(listener);
    }

    /// <summary>Cuts all connections and refuses new ones.</summary>
    public async Task Close()
    {
        listener?.Stop();
        listener = null;
        await accepting;
        while (sockets.TryTake(out var socket))
            socket.Dispose();
    }

    public async ValueTask DisposeAsync() => await Close();

    private async Task Accept(TcpListener from)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await from.AcceptSocketAsync();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return; // closed
            }

            sockets.Add(client);
            _ = Forward(client);
        }
    }

    private async Task Forward(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        sockets.Add(server);
        try
        {
            await server.ConnectAsync(host, port);
            await Task.WhenAny(Pump(client, server), Pump(server, client));
        }
        catch (SocketException)
        {
            // the server is not there: the client sees a closed connection, as it would without us
        }

        client.Dispose();
    }

    private static async Task Pump(Socket from, Socket to)
    {
        var buffer = new byte[65_536];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer)) > 0)
            {
                for (var sent = 0; sent < read;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // one end was cut; the other follows
        }
    }
}
