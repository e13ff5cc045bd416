using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Platform.Dsp;

/// <summary>Lets people write a channel as <c>"mean"</c>, <c>"1"</c> or <c>1</c>.</summary>
internal sealed class ChannelConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var index))
            return index.ToString(CultureInfo.InvariantCulture);
        if (reader.TokenType is JsonTokenType.String)
            return reader.GetString();

        throw new JsonException("channel must be 'mean' or the index of a channel.");
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
