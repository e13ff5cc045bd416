using System.Text.Json;

namespace Platform.Cli.Client;

internal static class Json
{
    /// <summary>Our services.</summary>
    public static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    /// <summary>RabbitMQ's management API.</summary>
    public static readonly JsonSerializerOptions Snake = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
}
