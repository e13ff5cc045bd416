using System.Buffers.Text;
using System.Text.Json;

namespace Platform.Registry.Paging;

/// <summary>
/// The last item of a page. The next page begins behind it, however many items came or went meanwhile; it costs the same on page 1 and on
/// page 1 000.
/// </summary>
/// <param name="Sort">What the list was sorted by: another order has another next page.</param>
/// <param name="Key">The item's value there.</param>
/// <param name="Id">Tells items of equal value apart.</param>
internal sealed record Cursor(string Sort, string Key, string Id)
{
    public override string ToString() => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes<string[]>([Sort, Key, Id]));

    /// <summary>Null for a text that is none.</summary>
    public static Cursor? TryParse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<string?[]>(Base64Url.DecodeFromChars(text)) is [{ } sort, { } key, { } id] ? new(sort, key, id) : null;
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            return null;
        }
    }
}
