using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Platform.Testing;

/// <summary>A fresh virtual host of RabbitMQ, made and looked into by its management API. Deleted at the end.</summary>
public sealed class TestVhost : IAsyncLifetime
{
    private HttpClient? management;

    public string Name { get; } = $"test-{Guid.NewGuid():N}";

    /// <summary>What a service gets as <c>Bus:Uri</c>.</summary>
    public string Uri => $"{TestServers.RabbitMq.GetLeftPart(UriPartial.Authority)}/{Name}";

    private HttpClient Management => management ??= Connect();

    public async ValueTask InitializeAsync()
    {
        if (!TestServers.HasRabbitMq)
            return;
        var user = TestServers.RabbitMq.UserInfo.Split(':')[0];
        await Put($"api/vhosts/{Name}", new { });
        await Put($"api/permissions/{Name}/{user}", new { configure = ".*", write = ".*", read = ".*" });
    }

    public async ValueTask DisposeAsync()
    {
        if (management is null)
            return;

        (await management.DeleteAsync($"api/vhosts/{Name}")).EnsureSuccessStatusCode();
        management.Dispose();
    }

    /// <summary>Names and arguments of all queues.</summary>
    public async Task<IReadOnlyDictionary<string, JsonElement>> Queues() =>
        (await Get($"api/queues/{Name}")).EnumerateArray().ToDictionary(queue => queue.GetProperty("name").GetString()!);

    public async Task<IReadOnlyList<string>> Exchanges() =>
        [.. (await Get($"api/exchanges/{Name}")).EnumerateArray().Select(exchange => exchange.GetProperty("name").GetString()!)];

    /// <summary>Takes up to <paramref name="count"/> messages off a queue; the way to count exactly, as statistics lag behind.</summary>
    public async Task<IReadOnlyList<JsonElement>> Take(string queue, int count = 100)
    {
        var body = new { count, ackmode = "ack_requeue_false", encoding = "auto" };
        var response = await Management.PostAsJsonAsync($"api/queues/{Name}/{System.Uri.EscapeDataString(queue)}/get", body);
        response.EnsureSuccessStatusCode();
        return [.. (await response.Content.ReadFromJsonAsync<JsonElement>()).EnumerateArray()];
    }

    /// <summary>Declares a queue and binds it to a message's exchange, which is declared as services do.</summary>
    public async Task Bind(string queue, Type message)
    {
        var exchange = $"{message.Namespace}:{message.Name}";
        await Put($"api/exchanges/{Name}/{System.Uri.EscapeDataString(exchange)}", new { type = "fanout", durable = true });
        await Put($"api/queues/{Name}/{queue}", new { durable = true });
        await Post($"api/bindings/{Name}/e/{System.Uri.EscapeDataString(exchange)}/q/{queue}", new { routing_key = "" });
    }

    /// <summary>Puts raw bytes into a queue, past all contracts.</summary>
    public Task Send(string queue, string payload) => Post(
        $"api/exchanges/{Name}/amq.default/publish",
        new { properties = new { }, routing_key = queue, payload, payload_encoding = "string" });

    /// <summary>Cuts every connection of this virtual host, or those of one service, as a broker that restarts does.</summary>
    /// <returns>How many were found; a connection is listed some seconds after it was made.</returns>
    public async Task<int> DropConnections(string ofService = "")
    {
        var connections = (await Get($"api/vhosts/{Name}/connections")).EnumerateArray()
            .Where(connection => connection.TryGetProperty("user_provided_name", out var name)
                ? name.GetString()!.StartsWith(ofService, StringComparison.Ordinal)
                : ofService.Length == 0)
            .ToList();
        foreach (var connection in connections)
            await Management.DeleteAsync($"api/connections/{System.Uri.EscapeDataString(connection.GetProperty("name").GetString()!)}");
        return connections.Count;
    }

    public async Task<JsonElement> Get(string path)
    {
        var response = await Management.GetAsync(path);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task Put(string path, object body) => (await Management.PutAsJsonAsync(path, body)).EnsureSuccessStatusCode();

    private async Task Post(string path, object body) => (await Management.PostAsJsonAsync(path, body)).EnsureSuccessStatusCode();

    private static HttpClient Connect()
    {
        var credentials = System.Uri.UnescapeDataString(TestServers.RabbitMq.UserInfo);
        return new HttpClient
        {
            BaseAddress = TestServers.RabbitMqManagement,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))) },
        };
    }
}
