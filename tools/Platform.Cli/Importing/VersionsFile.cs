using System.Globalization;
using System.Text.Json;

namespace Platform.Cli.Importing;

/// <summary>
/// <c>versions.json</c> beside the folders <c>vN/</c> of a model: which versions there are and which of them is served. Every member is optional:
/// <c>{"versions": [{"version": 3, "note": "…"}, …], "champion": 3, "previous": 2}</c>. Versions may also be plain numbers, texts such as <c>"v3"</c>,
/// or an object by version; the aliases may also stand in an object <c>aliases</c>.
/// </summary>
internal sealed record VersionsFile(IReadOnlyList<int> Versions, int? Champion, int? Previous)
{
    public const string Name = "versions.json";

    public static VersionsFile None { get; } = new([], null, null);

    /// <exception cref="PlatformException">It is there and not to be understood.</exception>
    public static VersionsFile In(string folder)
    {
        var path = Path.Combine(folder, Name);
        if (!File.Exists(path))
            return None;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            var versions = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("versions", out var member) ? member : root;
            var aliases = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("aliases", out var named) && named.ValueKind == JsonValueKind.Object ? named : root;
            return new(Numbers(versions, path), Alias(aliases, "champion", path), Alias(aliases, "previous", path));
        }
        catch (JsonException exception)
        {
            throw new PlatformException($"{path} is not JSON: {exception.Message}", exception);
        }
    }

    private static IReadOnlyList<int> Numbers(JsonElement versions, string path) => versions.ValueKind switch
    {
        JsonValueKind.Array => [.. versions.EnumerateArray().Select(item =>
            Number(item.ValueKind == JsonValueKind.Object && item.TryGetProperty("version", out var version) ? version : item, path))],
        // By version; of a file without "versions" only the members that are named like one.
        JsonValueKind.Object => [.. versions.EnumerateObject().Select(member => Parse(member.Name)).OfType<int>()],
        _ => [],
    };

    private static int? Alias(JsonElement owner, string name, string path) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? Number(value, path)
            : null;

    private static int Number(JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt32(out var number) && number > 0 => number,
        JsonValueKind.String when Parse(value.GetString()!) is { } number => number,
        _ => throw new PlatformException($"{path}: {value.GetRawText()} is no version; give a number such as 3, or \"v3\"."),
    };

    /// <summary><c>v3</c> or <c>3</c>; null for anything else.</summary>
    public static int? Parse(string text) =>
        int.TryParse(text.AsSpan(text.StartsWith('v') ? 1 : 0), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
}
