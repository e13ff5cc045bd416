using System.Text.Json;
using System.Text.Json.Serialization;

namespace Platform.Dsp;

/// <summary>Puts a spec into another JSON file as its canonical JSON, so that the hash can be checked by whoever reads that file.</summary>
internal sealed class CanonicalSpecConverter : JsonConverter<FeatureSpec>
{
    public override FeatureSpec Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return FeatureSpec.FromCanonicalJson(document.RootElement.GetRawText());
    }

    public override void Write(Utf8JsonWriter writer, FeatureSpec value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.ToCanonicalJson());
}
