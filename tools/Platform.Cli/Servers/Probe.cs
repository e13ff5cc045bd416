using System.Net.Sockets;

namespace Platform.Cli.Servers;

internal static class Probe
{
    /// <summary>Whether something listens on a loopback port.</summary>
    public static async Task<bool> Connects(int port, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Whether a URL answers with the status expected (any status when none is).</summary>
    public static async Task<bool> Answers(HttpClient client, Uri url, bool successOnly, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetAsync(url, cancellationToken);
            return !successOnly || response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false; // its own time-out
        }
    }
}
