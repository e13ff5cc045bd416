using System.Text.Json;

namespace Platform.Cli.Client;

/// <summary>Problem details (RFC 9457) as one line.</summary>
internal static class Problem
{
    public static string Describe(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var problem = document.RootElement;
            if (problem.ValueKind != JsonValueKind.Object)
                return OneLine(body);
            if (problem.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Object)
                return string.Join("; ", errors.EnumerateObject().Select(error => $"{error.Name}: {string.Join(", ", Texts(error.Value))}"));
            var parts = ((string[])["title", "detail"])
                .Select(name => problem.TryGetProperty(name, out var value) ? value.ToString() : "")
                .Where(text => text.Length > 0);
            return string.Join(": ", parts) is { Length: > 0 } described ? described : OneLine(body);
        }
        catch (JsonException)
        {
            return OneLine(body);
        }
    }

    private static IEnumerable<string> Texts(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(item => item.ToString()) : [value.ToString()];

    private static string OneLine(string body)
    {
        var line = body.ReplaceLineEndings(" ").Trim();
        return line.Length switch { 0 => "no reason given", > 300 => line[..300] + " …", _ => line };
    }
}
